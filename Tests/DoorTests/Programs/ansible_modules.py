"""Stock Ansible: the amazon.aws modules build a VPC and its contents, find nothing to change, and remove everything."""

import os
import subprocess
import tempfile

PLAYBOOK = r"""
- hosts: localhost
  gather_facts: false
  connection: local
  vars: {ansible_python_interpreter: "{{ ansible_playbook_python }}"}
  module_defaults:
    group/aws: {region: us-east-1, access_key: test, secret_key: test, endpoint_url: ENDPOINT}
  tasks:
    - amazon.aws.ec2_vpc_net: {name: ans, cidr_block: [10.50.0.0/16, 10.51.0.0/16], ipv6_cidr: true, tags: {a: b}, dns_hostnames: true, dns_support: true}
      register: vpc
    - amazon.aws.ec2_vpc_net: {name: ans, cidr_block: [10.50.0.0/16, 10.51.0.0/16], ipv6_cidr: true, tags: {a: b}, dns_hostnames: true, dns_support: true}
      register: again
    - assert: {that: not again.changed}
    - amazon.aws.ec2_vpc_net_info: {filters: {"tag:Name": ans}}
    - amazon.aws.ec2_vpc_subnet: {vpc_id: "{{ vpc.vpc.id }}", cidr: 10.50.1.0/24, az: us-east-1a, map_public: true, tags: {Name: s1}}
      register: s1
    - amazon.aws.ec2_vpc_subnet: {vpc_id: "{{ vpc.vpc.id }}", cidr: 10.50.1.0/24, az: us-east-1a, map_public: true, tags: {Name: s1}}
      register: again
    - assert: {that: not again.changed}
    - amazon.aws.ec2_vpc_subnet: {vpc_id: "{{ vpc.vpc.id }}", cidr: 10.50.2.0/24, az: us-east-1b, ipv6_cidr: "{{ vpc.vpc.ipv6_cidr_block_association_set[0].ipv6_cidr_block | regex_replace('00::/56','01::/64') }}", assign_instances_ipv6: true}
      register: s2
    - amazon.aws.ec2_vpc_subnet_info: {filters: {vpc-id: "{{ vpc.vpc.id }}"}}
    - amazon.aws.ec2_vpc_igw: {vpc_id: "{{ vpc.vpc.id }}", tags: {Name: igw}}
      register: igw
    - amazon.aws.ec2_vpc_igw_info: {internet_gateway_ids: ["{{ igw.gateway_id }}"]}
    - amazon.aws.ec2_vpc_egress_igw: {vpc_id: "{{ vpc.vpc.id }}"}
      register: eigw
    - amazon.aws.ec2_vpc_egress_igw_info: {}
    - amazon.aws.ec2_vpc_route_table: {vpc_id: "{{ vpc.vpc.id }}", tags: {Name: public}, subnets: ["{{ s1.subnet.id }}"], routes: [{dest: 0.0.0.0/0, gateway_id: igw}, {dest: "::/0", gateway_id: igw}]}
    - amazon.aws.ec2_vpc_route_table: {vpc_id: "{{ vpc.vpc.id }}", tags: {Name: public}, subnets: ["{{ s1.subnet.id }}"], routes: [{dest: 0.0.0.0/0, gateway_id: igw}, {dest: "::/0", gateway_id: igw}]}
      register: again
    - assert: {that: not again.changed}
    - amazon.aws.ec2_vpc_nat_gateway: {subnet_id: "{{ s1.subnet.id }}", if_exist_do_not_create: true, wait: true}
      register: nat
    - amazon.aws.ec2_vpc_nat_gateway_info: {}
    - amazon.aws.ec2_vpc_route_table: {vpc_id: "{{ vpc.vpc.id }}", tags: {Name: private}, subnets: ["{{ s2.subnet.id }}"], routes: [{dest: 0.0.0.0/0, gateway_id: "{{ nat.nat_gateway_id }}"}, {dest: "::/0", gateway_id: "{{ eigw.gateway_id }}"}]}
      register: private
    - amazon.aws.ec2_vpc_route_table_info: {filters: {vpc-id: "{{ vpc.vpc.id }}"}}
    - amazon.aws.ec2_vpc_endpoint: {vpc_id: "{{ vpc.vpc.id }}", service: com.amazonaws.us-east-1.s3, route_table_ids: ["{{ private.route_table.id }}"], wait: true}
      register: ep
    - amazon.aws.ec2_vpc_endpoint_info: {}
    - amazon.aws.ec2_vpc_endpoint_service_info: {}
    - amazon.aws.ec2_vpc_nacl: {vpc_id: "{{ vpc.vpc.id }}", name: nacl, subnets: ["{{ s2.subnet.id }}"], tags: {x: y}, ingress: [[100, tcp, allow, 0.0.0.0/0, null, null, 22, 22], [300, icmp, allow, 0.0.0.0/0, 0, 8]], egress: [[100, all, allow, 0.0.0.0/0, null, null, null, null]]}
    - amazon.aws.ec2_vpc_nacl: {vpc_id: "{{ vpc.vpc.id }}", name: nacl, subnets: ["{{ s2.subnet.id }}"], tags: {x: y}, ingress: [[100, tcp, allow, 0.0.0.0/0, null, null, 22, 22], [300, icmp, allow, 0.0.0.0/0, 0, 8]], egress: [[100, all, allow, 0.0.0.0/0, null, null, null, null]]}
      register: again
    - assert: {that: not again.changed}
    - amazon.aws.ec2_vpc_nacl_info: {filters: {vpc-id: "{{ vpc.vpc.id }}"}}
    - amazon.aws.ec2_vpc_dhcp_option: {domain_name: ans.example, dns_servers: [10.0.0.1], vpc_id: "{{ vpc.vpc.id }}", tags: {a: b}}
      register: dhcp
    - amazon.aws.ec2_vpc_dhcp_option_info: {}
    - amazon.aws.ec2_security_group: {name: web, description: web, vpc_id: "{{ vpc.vpc.id }}", rules: [{proto: tcp, ports: [80, 443], cidr_ip: 0.0.0.0/0}, {proto: tcp, from_port: 22, to_port: 22, cidr_ipv6: "::/0"}], tags: {a: b}}
      register: sg
    - amazon.aws.ec2_security_group: {name: web, description: web, vpc_id: "{{ vpc.vpc.id }}", rules: [{proto: tcp, ports: [80, 443], cidr_ip: 0.0.0.0/0}, {proto: tcp, from_port: 22, to_port: 22, cidr_ipv6: "::/0"}], tags: {a: b}}
      register: again
    - assert: {that: not again.changed}
    - amazon.aws.ec2_security_group_info: {filters: {vpc-id: "{{ vpc.vpc.id }}"}}
    - amazon.aws.ec2_key: {name: ans}
    - amazon.aws.ec2_key_info: {}
    - amazon.aws.ec2_ami_info: {owners: amazon, filters: {name: "al2023-ami-2023*-x86_64"}}
      register: amis
    - amazon.aws.ec2_instance: {name: i, image_id: "{{ amis.images[0].image_id }}", instance_type: t3.micro, key_name: ans, vpc_subnet_id: "{{ s1.subnet.id }}", security_group: "{{ sg.group_id }}", wait: true, volumes: [{device_name: /dev/xvda, ebs: {volume_size: 20, delete_on_termination: true}}], metadata_options: {http_tokens: required}}
      register: inst
    - amazon.aws.ec2_instance_info: {filters: {"tag:Name": i}}
    - amazon.aws.ec2_vol: {instance: "{{ inst.instances[0].instance_id }}", volume_size: 5, volume_type: gp3, device_name: /dev/sdf, tags: {a: b}}
      register: vol
    - amazon.aws.ec2_vol: {id: "{{ vol.volume_id }}", instance: "{{ inst.instances[0].instance_id }}", device_name: /dev/sdf, volume_size: 8, modify_volume: true}
    - amazon.aws.ec2_vol_info: {}
    - amazon.aws.ec2_snapshot: {volume_id: "{{ vol.volume_id }}", description: x, snapshot_tags: {a: b}}
      register: snap
    - amazon.aws.ec2_snapshot_info: {snapshot_ids: ["{{ snap.snapshot_id }}"]}
    - amazon.aws.ec2_ami: {instance_id: "{{ inst.instances[0].instance_id }}", name: ans-ami, wait: true, tags: {a: b}}
      register: ami
    - amazon.aws.ec2_ami: {image_id: "{{ ami.image_id }}", name: ans-ami, launch_permissions: {user_ids: ["222233334444"]}}
    - amazon.aws.ec2_eni: {subnet_id: "{{ s1.subnet.id }}", private_ip_address: 10.50.1.77, security_groups: ["{{ sg.group_id }}"], secondary_private_ip_address_count: 1, description: x}
      register: eni
    - amazon.aws.ec2_eni: {eni_id: "{{ eni.interface.id }}", instance_id: "{{ inst.instances[0].instance_id }}", device_index: 1, attached: true}
    - amazon.aws.ec2_eni: {eni_id: "{{ eni.interface.id }}", delete_on_termination: true}
    - amazon.aws.ec2_eni_info: {}
    - amazon.aws.ec2_eip: {in_vpc: true, device_id: "{{ eni.interface.id }}"}
      register: eip
    - amazon.aws.ec2_eip_info: {}
    - amazon.aws.ec2_launch_template: {name: ans-lt, image_id: "{{ ami.image_id }}", instance_type: t3.micro, tags: {a: b}, block_device_mappings: [{device_name: /dev/xvda, ebs: {volume_size: 30}}]}
    - amazon.aws.ec2_launch_template: {name: ans-lt, image_id: "{{ ami.image_id }}", instance_type: t3.small, default_version: latest}
    - amazon.aws.ec2_launch_template_info: {}
    - amazon.aws.ec2_instance: {name: j, launch_template: {name: ans-lt}, vpc_subnet_id: "{{ s1.subnet.id }}", wait: true}
      register: inst2
    - amazon.aws.ec2_instance: {instance_ids: ["{{ inst2.instances[0].instance_id }}"], state: stopped, wait: true}
    - amazon.aws.ec2_tag: {resource: "{{ vpc.vpc.id }}", tags: {t: u}}
    - amazon.aws.ec2_vpc_net: {name: ans2, cidr_block: 10.60.0.0/16}
      register: vpc2
    - amazon.aws.ec2_vpc_peering: {vpc_id: "{{ vpc.vpc.id }}", peer_vpc_id: "{{ vpc2.vpc.id }}", tags: {Name: p}, wait: true}
      register: peer
    - amazon.aws.ec2_vpc_peering: {peering_id: "{{ peer.peering_id }}", state: accept, wait: true}
    - amazon.aws.ec2_vpc_peering_info: {}
    - amazon.aws.ec2_vpc_peering: {peering_id: "{{ peer.peering_id }}", state: absent, wait: true}
    - amazon.aws.ec2_vpc_vgw: {name: vgw, vpc_id: "{{ vpc2.vpc.id }}"}
      register: vgw
    - amazon.aws.ec2_vpc_vgw_info: {}
    - amazon.aws.ec2_vpc_vgw: {name: vgw, vpc_id: "{{ vpc2.vpc.id }}", state: absent}
    - amazon.aws.ec2_vpc_net: {vpc_id: "{{ vpc2.vpc.id }}", state: absent}
    - amazon.aws.ec2_instance: {instance_ids: ["{{ inst.instances[0].instance_id }}", "{{ inst2.instances[0].instance_id }}"], state: terminated, wait: true}
    - amazon.aws.ec2_eip: {public_ip: "{{ eip.public_ip }}", state: absent, release_on_disassociation: true}
    - amazon.aws.ec2_launch_template: {name: ans-lt, state: absent}
    - amazon.aws.ec2_ami: {image_id: "{{ ami.image_id }}", state: absent, delete_snapshot: true, wait: true}
    - amazon.aws.ec2_vol: {id: "{{ vol.volume_id }}", state: absent}
    - amazon.aws.ec2_snapshot: {snapshot_id: "{{ snap.snapshot_id }}", state: absent}
    - amazon.aws.ec2_vpc_endpoint: {vpc_endpoint_id: "{{ ep.result.vpc_endpoint_id }}", state: absent}
    - amazon.aws.ec2_vpc_nat_gateway: {nat_gateway_id: "{{ nat.nat_gateway_id }}", state: absent, release_eip: true, wait: true}
    - amazon.aws.ec2_vpc_route_table: {vpc_id: "{{ vpc.vpc.id }}", tags: {Name: private}, state: absent}
    - amazon.aws.ec2_vpc_route_table: {vpc_id: "{{ vpc.vpc.id }}", tags: {Name: public}, state: absent}
    - amazon.aws.ec2_vpc_nacl: {vpc_id: "{{ vpc.vpc.id }}", name: nacl, state: absent}
    - amazon.aws.ec2_vpc_egress_igw: {vpc_id: "{{ vpc.vpc.id }}", state: absent}
    - amazon.aws.ec2_vpc_igw: {internet_gateway_id: "{{ igw.gateway_id }}", state: absent}
    - amazon.aws.ec2_vpc_subnet: {vpc_id: "{{ vpc.vpc.id }}", cidr: 10.50.1.0/24, state: absent}
    - amazon.aws.ec2_vpc_subnet: {vpc_id: "{{ vpc.vpc.id }}", cidr: 10.50.2.0/24, state: absent}
    - amazon.aws.ec2_security_group: {group_id: "{{ sg.group_id }}", state: absent}
    - amazon.aws.ec2_key: {name: ans, state: absent}
    - amazon.aws.ec2_vpc_net: {vpc_id: "{{ vpc.vpc.id }}", state: absent}
    - amazon.aws.ec2_vpc_dhcp_option: {dhcp_options_id: "{{ dhcp.dhcp_options_id }}", state: absent}
"""

with tempfile.TemporaryDirectory(prefix="drydock-ansible-") as folder:
    with open(f"{folder}/play.yml", "w") as file:
        file.write(PLAYBOOK.replace("ENDPOINT", os.environ["AWS_ENDPOINT_URL"]))
    environment = {
        **os.environ, "HOME": folder, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCALHOST_WARNING": "0",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "0", "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    done = subprocess.run(
        ["ansible-playbook", "-i", "localhost,", f"{folder}/play.yml"], env=environment, cwd=folder, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=900)
    assert done.returncode == 0, done.stdout[-6000:]
