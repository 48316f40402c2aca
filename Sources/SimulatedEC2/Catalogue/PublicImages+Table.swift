import AWSCore

extension PublicImage {
    /// The series of public images. `PublicImages+Series.swift` explains the lines' format. DescribeImages lists them in this
    /// order: the series of one system are together, with the oldest systems last.
    static let table = #"""
        @ubuntu dev=/dev/sda1 user=ubuntu arch=amd64,arm64 eph=/dev/sdb,/dev/sdc
        @old-ubuntu dev=/dev/sda1 user=ubuntu arch=amd64 eph=/dev/sdb,/dev/sdc
        @al2023 vol=gp3 user=ec2-user arch=x86_64,arm64 bm=uefi-preferred imds=v2.0 dep=90
        @al2 user=ec2-user arch=x86_64,arm64
        @al1 user=ec2-user no-ena
        @debian user=admin arch=amd64,arm64
        @windows dev=/dev/sda1 size=30 op=windows eph=windows
        @rhel dev=/dev/sda1 size=10 user=ec2-user arch=x86_64,arm64 op=rhel
        @suse dev=/dev/sda1 size=10 user=ec2-user arch=x86_64,arm64
        @eks size=20 user=ec2-user
        $bionic 20230325 20230607 20240131
        $focal 20231207 20240720 20241112 20250305 20250603.1
        $jammy 20231207 20240701 20240927 20250115 20250305 20250610 20250821 20251015 20260218 20260511
        $noble 20240423 20240701 20240927 20250115 20250305 20250610 20250821 20251022 20260218 20260511
        $oracular 20241009 20250305 20250610
        $plucky 20250416 20250701 20251015
        $questing 20251007 20251212 20260218
        $resolute 20260423 20260511
        server/bionic|canonical|@ubuntu|ubuntu/images/hvm-ssd/ubuntu-bionic-18.04-{arch}-server-{s}|Canonical, Ubuntu, 18.04, {arch} bionic image|$bionic
        minimal/bionic|canonical|@ubuntu|ubuntu-minimal/images/hvm-ssd/ubuntu-bionic-18.04-{arch}-minimal-{s}|Canonical, Ubuntu Minimal, 18.04, {arch} bionic image|$bionic
        server/focal|canonical|@ubuntu|ubuntu/images/hvm-ssd/ubuntu-focal-20.04-{arch}-server-{s}|Canonical, Ubuntu, 20.04, {arch} focal image|$focal
        minimal/focal|canonical|@ubuntu|ubuntu-minimal/images/hvm-ssd/ubuntu-focal-20.04-{arch}-minimal-{s}|Canonical, Ubuntu Minimal, 20.04, {arch} focal image|$focal
        server/jammy|canonical|@ubuntu bm=uefi-preferred|ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-{arch}-server-{s}|Canonical, Ubuntu, 22.04, {arch} jammy image|$jammy
        minimal/jammy|canonical|@ubuntu bm=uefi-preferred|ubuntu-minimal/images/hvm-ssd/ubuntu-jammy-22.04-{arch}-minimal-{s}|Canonical, Ubuntu Minimal, 22.04, {arch} jammy image|$jammy
        server/noble|canonical|@ubuntu vol=gp3 bm=uefi-preferred imds=v2.0|ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-{arch}-server-{s}|Canonical, Ubuntu, 24.04, {arch} noble image|$noble
        minimal/noble|canonical|@ubuntu vol=gp3 bm=uefi-preferred imds=v2.0|ubuntu-minimal/images/hvm-ssd-gp3/ubuntu-noble-24.04-{arch}-minimal-{s}|Canonical, Ubuntu Minimal, 24.04, {arch} noble image|$noble
        server/oracular|canonical|@ubuntu vol=gp3 bm=uefi-preferred imds=v2.0|ubuntu/images/hvm-ssd-gp3/ubuntu-oracular-24.10-{arch}-server-{s}|Canonical, Ubuntu, 24.10, {arch} oracular image|$oracular
        minimal/oracular|canonical|@ubuntu vol=gp3 bm=uefi-preferred imds=v2.0|ubuntu-minimal/images/hvm-ssd-gp3/ubuntu-oracular-24.10-{arch}-minimal-{s}|Canonical, Ubuntu Minimal, 24.10, {arch} oracular image|$oracular
        server/plucky|canonical|@ubuntu vol=gp3 bm=uefi-preferred imds=v2.0|ubuntu/images/hvm-ssd-gp3/ubuntu-plucky-25.04-{arch}-server-{s}|Canonical, Ubuntu, 25.04, {arch} plucky image|$plucky
        minimal/plucky|canonical|@ubuntu vol=gp3 bm=uefi-preferred imds=v2.0|ubuntu-minimal/images/hvm-ssd-gp3/ubuntu-plucky-25.04-{arch}-minimal-{s}|Canonical, Ubuntu Minimal, 25.04, {arch} plucky image|$plucky
        server/questing|canonical|@ubuntu vol=gp3 bm=uefi-preferred imds=v2.0|ubuntu/images/hvm-ssd-gp3/ubuntu-questing-25.10-{arch}-server-{s}|Canonical, Ubuntu, 25.10, {arch} questing image|$questing
        minimal/questing|canonical|@ubuntu vol=gp3 bm=uefi-preferred imds=v2.0|ubuntu-minimal/images/hvm-ssd-gp3/ubuntu-questing-25.10-{arch}-minimal-{s}|Canonical, Ubuntu Minimal, 25.10, {arch} questing image|$questing
        server/resolute|canonical|@ubuntu vol=gp3 bm=uefi-preferred imds=v2.0|ubuntu/images/hvm-ssd-gp3/ubuntu-resolute-26.04-{arch}-server-{s}|Canonical, Ubuntu, 26.04, {arch} resolute image|$resolute
        minimal/resolute|canonical|@ubuntu vol=gp3 bm=uefi-preferred imds=v2.0|ubuntu-minimal/images/hvm-ssd-gp3/ubuntu-resolute-26.04-{arch}-minimal-{s}|Canonical, Ubuntu Minimal, 26.04, {arch} resolute image|$resolute
        $al2023 2023.3.20231211.4 2023.5.20240819.0 2023.6.20241212.0 2023.7.20250428.1 2023.8.20250818.0 2023.9.20251020.0 2023.10.20260216.1 2023.11.20260504.0
        $al2023-6.12 2023.7.20250428.1 2023.8.20250818.0 2023.9.20251020.0 2023.10.20260216.1 2023.11.20260504.0
        $al2023-6.18 2023.10.20260216.1 2023.11.20260504.0
        al2023/6.1|amazon|@al2023|al2023-ami-{s}-kernel-6.1-{arch}|Amazon Linux 2023 AMI {s} {arch} HVM kernel-6.1|$al2023
        al2023-minimal/6.1|amazon|@al2023 size=2|al2023-ami-minimal-{s}-kernel-6.1-{arch}|Amazon Linux 2023 AMI {s} {arch} Minimal HVM kernel-6.1|$al2023
        al2023/6.12|amazon|@al2023|al2023-ami-{s}-kernel-6.12-{arch}|Amazon Linux 2023 AMI {s} {arch} HVM kernel-6.12|$al2023-6.12
        al2023-minimal/6.12|amazon|@al2023 size=2|al2023-ami-minimal-{s}-kernel-6.12-{arch}|Amazon Linux 2023 AMI {s} {arch} Minimal HVM kernel-6.12|$al2023-6.12
        al2023/6.18|amazon|@al2023|al2023-ami-{s}-kernel-6.18-{arch}|Amazon Linux 2023 AMI {s} {arch} HVM kernel-6.18|$al2023-6.18
        al2023-minimal/6.18|amazon|@al2023 size=2|al2023-ami-minimal-{s}-kernel-6.18-{arch}|Amazon Linux 2023 AMI {s} {arch} Minimal HVM kernel-6.18|$al2023-6.18
        $al2 2.0.20231206.0 2.0.20240816.0 2.0.20241217.0 2.0.20250818.2 2.0.20251014.0 2.0.20260216.0 2.0.20260505.0
        amzn2|amazon|@al2|amzn2-ami-kernel-5.10-hvm-{s}-{arch}-gp2|Amazon Linux 2 Kernel 5.10 AMI {s} {arch} HVM gp2|$al2
        amzn2-4.14|amazon|@al2 arch=x86_64|amzn2-ami-hvm-{s}-x86_64-gp2|Amazon Linux 2 AMI {s} x86_64 HVM gp2|$al2
        amzn2-4.14|amazon|@al2 arch=arm64|amzn2-ami-hvm-{s}-arm64-gp2|Amazon Linux 2 LTS Arm64 AMI {s} arm64 HVM gp2|$al2
        amzn2-ebs|amazon|@al2 vol=standard arch=x86_64|amzn2-ami-kernel-5.10-hvm-{s}-x86_64-ebs|Amazon Linux 2 Kernel 5.10 AMI {s} x86_64 HVM ebs|$al2
        amzn2-4.14-ebs|amazon|@al2 vol=standard arch=x86_64|amzn2-ami-hvm-{s}-x86_64-ebs|Amazon Linux 2 AMI {s} x86_64 HVM ebs|$al2
        amzn2-minimal|amazon|@al2 size=2|amzn2-ami-minimal-kernel-5.10-hvm-{s}-{arch}-gp2|Amazon Linux 2 Kernel 5.10 AMI {s} {arch} Minimal HVM gp2|$al2
        amzn2-minimal-4.14|amazon|@al2 size=2 vol=standard|amzn2-ami-minimal-hvm-{s}-{arch}-ebs|Amazon Linux 2 AMI {s} {arch} Minimal HVM ebs|$al2
        $al1 2017.09.1.20171103 2018.03.0.20181129 2018.03.0.20210721.0 2018.03.0.20230404.0 2018.03.0.20231218.0
        amzn-ami-gp2|amazon|@al1|amzn-ami-hvm-{s}-x86_64-gp2|Amazon Linux AMI {s} x86_64 HVM gp2|$al1
        amzn-ami-ebs|amazon|@al1 vol=standard|amzn-ami-hvm-{s}-x86_64-ebs|Amazon Linux AMI {s} x86_64 HVM ebs|$al1
        amzn-ami-s3|amazon|@al1 instance-store|amzn-ami-hvm-{s}-x86_64-s3|Amazon Linux AMI {s} x86_64 HVM S3|$al1
        amzn-ami-minimal-ebs|amazon|@al1 size=2 vol=standard|amzn-ami-minimal-hvm-{s}-x86_64-ebs|Amazon Linux AMI {s} x86_64 Minimal HVM ebs|$al1
        amzn-ami-minimal-s3|amazon|@al1 size=2 instance-store|amzn-ami-minimal-hvm-{s}-x86_64-s3|Amazon Linux AMI {s} x86_64 Minimal HVM S3|$al1
        amzn-ami-pv-ebs|amazon|@al1 dev=/dev/sda1 vol=standard pv|amzn-ami-pv-{s}-x86_64-ebs|Amazon Linux AMI {s} x86_64 PV EBS|$al1
        amzn-ami-pv-s3|amazon|@al1 dev=/dev/sda1 instance-store pv|amzn-ami-pv-{s}-x86_64-s3|Amazon Linux AMI {s} x86_64 PV S3|$al1
        amzn-ami-minimal-pv-ebs|amazon|@al1 dev=/dev/sda1 size=2 vol=standard pv|amzn-ami-minimal-pv-{s}-x86_64-ebs|Amazon Linux AMI {s} x86_64 Minimal PV EBS|$al1
        amzn-ami-minimal-pv-s3|amazon|@al1 dev=/dev/sda1 size=2 instance-store pv|amzn-ami-minimal-pv-{s}-x86_64-s3|Amazon Linux AMI {s} x86_64 Minimal PV S3|$al1
        amzn-ami-nat|amazon|@al1 vol=standard|amzn-ami-vpc-nat-{s}-x86_64-ebs|Amazon Linux AMI {s} x86_64 VPC HVM ebs|$al1
        amzn-ami-nat-hvm|amazon|@al1 vol=standard|amzn-ami-vpc-nat-hvm-{s}-x86_64-ebs|Amazon Linux AMI {s} x86_64 VPC NAT HVM EBS|2017.09.1.20180307 2018.03.0.20181116
        ecs|ecs|@al2023 size=30|al2023-ami-ecs-hvm-{s}-kernel-6.1-{arch}|Amazon Linux AMI {s} {arch} ECS HVM EBS|2023.0.20250804 2023.0.20251007 2023.0.20260505
        ecs-gpu|ecs|@al2023 size=30 arch=x86_64|al2023-ami-ecs-gpu-hvm-{s}-kernel-6.1-x86_64-ebs|Amazon Linux AMI {s} x86_64 ECS GPU HVM EBS|2023.0.20250812 2023.0.20260629
        ecs-neuron|ecs|@al2023 size=30 arch=x86_64|al2023-ami-ecs-neuron-hvm-{s}-kernel-6.1-x86_64|Amazon Linux AMI {s} x86_64 ECS Neuron HVM EBS|2023.0.20250618 2023.0.20260511
        $ecs2 2.0.20240131 2.0.20250505 2.0.20251015 2.0.20260403 2.0.20260721
        ecs2|ecs|@al2 size=30|amzn2-ami-ecs-hvm-{s}-{arch}-ebs|Amazon Linux AMI {s} {arch} ECS HVM GP2|$ecs2
        ecs2-5.10|ecs|@al2 size=30|amzn2-ami-ecs-kernel-5.10-hvm-{s}-{arch}-ebs|Amazon Linux AMI {s} Kernel 5.10 {arch} ECS HVM GP2|$ecs2
        ecs2-gpu|ecs|@al2 size=30 arch=x86_64|amzn2-ami-ecs-gpu-hvm-{s}-x86_64-ebs|Amazon Linux AMI {s} x86_64 ECS GPU HVM GP2|$ecs2
        ecs2-5.10-gpu|ecs|@al2 size=30 arch=x86_64|amzn2-ami-ecs-kernel-5.10-gpu-hvm-{s}-x86_64-ebs|Amazon Linux AMI {s} Kernel 5.10 x86_64 ECS GPU HVM GP2|$ecs2
        ecs2-inf|ecs|@al2 size=30 arch=x86_64|amzn2-ami-ecs-inf-hvm-{s}-x86_64-ebs|Amazon Linux AMI {s} x86_64 ECS Inferentia HVM GP2|$ecs2
        ecs2-5.10-inf|ecs|@al2 size=30 arch=x86_64|amzn2-ami-ecs-kernel-5.10-inf-hvm-{s}-x86_64-ebs|Amazon Linux AMI {s} Kernel 5.10 x86_64 ECS Inferentia HVM GP2|$ecs2
        ecs1|ecs|@al1 size=30|amzn-ami-{s}-amazon-ecs-optimized|Amazon Linux AMI amzn-ami-{s} x86_64 ECS HVM GP2|2018.03.20210519 2018.03.20230926 2018.03.20250224
        $eks 20240522 20250519 20250904 20251023
        $eks2023 20250519 20250904 20260224 20260505
        eks/1.29|eks|@eks|amazon-eks-node-1.29-v{s}|EKS Kubernetes Worker AMI with AmazonLinux2 image, (k8s: 1.29, containerd: 1.7.*)|$eks
        eks-arm64/1.29|eks|@eks arch=arm64|amazon-eks-arm64-node-1.29-v{s}|EKS Kubernetes Worker AMI with AmazonLinux2 image, (k8s: 1.29, containerd: 1.7.*)|$eks
        eks-gpu/1.29|eks|@eks|amazon-eks-gpu-node-1.29-v{s}|EKS Kubernetes Worker AMI with AmazonLinux2 image, with GPU support, (k8s: 1.29, containerd: 1.7.*)|$eks
        eks/1.30|eks|@eks|amazon-eks-node-1.30-v{s}|EKS Kubernetes Worker AMI with AmazonLinux2 image, (k8s: 1.30, containerd: 1.7.*)|$eks
        eks-arm64/1.30|eks|@eks arch=arm64|amazon-eks-arm64-node-1.30-v{s}|EKS Kubernetes Worker AMI with AmazonLinux2 image, (k8s: 1.30, containerd: 1.7.*)|$eks
        eks-gpu/1.30|eks|@eks|amazon-eks-gpu-node-1.30-v{s}|EKS Kubernetes Worker AMI with AmazonLinux2 image, with GPU support, (k8s: 1.30, containerd: 1.7.*)|$eks
        eks/1.31|eks|@eks|amazon-eks-node-1.31-v{s}|EKS Kubernetes Worker AMI with AmazonLinux2 image, (k8s: 1.31, containerd: 1.7.*)|$eks
        eks-arm64/1.31|eks|@eks arch=arm64|amazon-eks-arm64-node-1.31-v{s}|EKS Kubernetes Worker AMI with AmazonLinux2 image, (k8s: 1.31, containerd: 1.7.*)|$eks
        eks-gpu/1.31|eks|@eks|amazon-eks-gpu-node-1.31-v{s}|EKS Kubernetes Worker AMI with AmazonLinux2 image, with GPU support, (k8s: 1.31, containerd: 1.7.*)|$eks
        eks/1.32|eks|@eks|amazon-eks-node-1.32-v{s}|EKS Kubernetes Worker AMI with AmazonLinux2 image, (k8s: 1.32, containerd: 1.7.*)|$eks
        eks-arm64/1.32|eks|@eks arch=arm64|amazon-eks-arm64-node-1.32-v{s}|EKS Kubernetes Worker AMI with AmazonLinux2 image, (k8s: 1.32, containerd: 1.7.*)|$eks
        eks-gpu/1.32|eks|@eks|amazon-eks-gpu-node-1.32-v{s}|EKS Kubernetes Worker AMI with AmazonLinux2 image, with GPU support, (k8s: 1.32, containerd: 1.7.*)|$eks
        eks2023-standard/1.29|eks|@al2023 size=20 dep=730 arch=x86_64,arm64|amazon-eks-node-al2023-{arch}-standard-1.29-v{s}|EKS-optimized Kubernetes node based on Amazon Linux 2023, (k8s: 1.29, containerd: 2.*)|$eks2023
        eks2023-nvidia/1.29|eks|@al2023 size=20 dep=730 arch=x86_64,arm64|amazon-eks-node-al2023-{arch}-nvidia-1.29-v{s}|EKS-optimized Kubernetes node based on Amazon Linux 2023, (k8s: 1.29, containerd: 2.*)|$eks2023
        eks2023-neuron/1.29|eks|@al2023 size=20 dep=730 arch=x86_64|amazon-eks-node-al2023-{arch}-neuron-1.29-v{s}|EKS-optimized Kubernetes node based on Amazon Linux 2023, (k8s: 1.29, containerd: 2.*)|$eks2023
        eks2023-standard/1.30|eks|@al2023 size=20 dep=730 arch=x86_64,arm64|amazon-eks-node-al2023-{arch}-standard-1.30-v{s}|EKS-optimized Kubernetes node based on Amazon Linux 2023, (k8s: 1.30, containerd: 2.*)|$eks2023
        eks2023-nvidia/1.30|eks|@al2023 size=20 dep=730 arch=x86_64,arm64|amazon-eks-node-al2023-{arch}-nvidia-1.30-v{s}|EKS-optimized Kubernetes node based on Amazon Linux 2023, (k8s: 1.30, containerd: 2.*)|$eks2023
        eks2023-neuron/1.30|eks|@al2023 size=20 dep=730 arch=x86_64|amazon-eks-node-al2023-{arch}-neuron-1.30-v{s}|EKS-optimized Kubernetes node based on Amazon Linux 2023, (k8s: 1.30, containerd: 2.*)|$eks2023
        eks2023-standard/1.31|eks|@al2023 size=20 dep=730 arch=x86_64,arm64|amazon-eks-node-al2023-{arch}-standard-1.31-v{s}|EKS-optimized Kubernetes node based on Amazon Linux 2023, (k8s: 1.31, containerd: 2.*)|$eks2023
        eks2023-nvidia/1.31|eks|@al2023 size=20 dep=730 arch=x86_64,arm64|amazon-eks-node-al2023-{arch}-nvidia-1.31-v{s}|EKS-optimized Kubernetes node based on Amazon Linux 2023, (k8s: 1.31, containerd: 2.*)|$eks2023
        eks2023-neuron/1.31|eks|@al2023 size=20 dep=730 arch=x86_64|amazon-eks-node-al2023-{arch}-neuron-1.31-v{s}|EKS-optimized Kubernetes node based on Amazon Linux 2023, (k8s: 1.31, containerd: 2.*)|$eks2023
        eks2023-standard/1.32|eks|@al2023 size=20 dep=730 arch=x86_64,arm64|amazon-eks-node-al2023-{arch}-standard-1.32-v{s}|EKS-optimized Kubernetes node based on Amazon Linux 2023, (k8s: 1.32, containerd: 2.*)|$eks2023
        eks2023-nvidia/1.32|eks|@al2023 size=20 dep=730 arch=x86_64,arm64|amazon-eks-node-al2023-{arch}-nvidia-1.32-v{s}|EKS-optimized Kubernetes node based on Amazon Linux 2023, (k8s: 1.32, containerd: 2.*)|$eks2023
        eks2023-neuron/1.32|eks|@al2023 size=20 dep=730 arch=x86_64|amazon-eks-node-al2023-{arch}-neuron-1.32-v{s}|EKS-optimized Kubernetes node based on Amazon Linux 2023, (k8s: 1.32, containerd: 2.*)|$eks2023
        eks2023-standard/1.33|eks|@al2023 size=20 dep=730 arch=x86_64,arm64|amazon-eks-node-al2023-{arch}-standard-1.33-v{s}|EKS-optimized Kubernetes node based on Amazon Linux 2023, (k8s: 1.33, containerd: 2.*)|$eks2023
        eks2023-nvidia/1.33|eks|@al2023 size=20 dep=730 arch=x86_64,arm64|amazon-eks-node-al2023-{arch}-nvidia-1.33-v{s}|EKS-optimized Kubernetes node based on Amazon Linux 2023, (k8s: 1.33, containerd: 2.*)|$eks2023
        eks2023-neuron/1.33|eks|@al2023 size=20 dep=730 arch=x86_64|amazon-eks-node-al2023-{arch}-neuron-1.33-v{s}|EKS-optimized Kubernetes node based on Amazon Linux 2023, (k8s: 1.33, containerd: 2.*)|$eks2023
        eks2023-standard/1.34|eks|@al2023 size=20 dep=730 arch=x86_64,arm64|amazon-eks-node-al2023-{arch}-standard-1.34-v{s}|EKS-optimized Kubernetes node based on Amazon Linux 2023, (k8s: 1.34, containerd: 2.*)|$eks2023
        eks2023-nvidia/1.34|eks|@al2023 size=20 dep=730 arch=x86_64,arm64|amazon-eks-node-al2023-{arch}-nvidia-1.34-v{s}|EKS-optimized Kubernetes node based on Amazon Linux 2023, (k8s: 1.34, containerd: 2.*)|$eks2023
        eks2023-neuron/1.34|eks|@al2023 size=20 dep=730 arch=x86_64|amazon-eks-node-al2023-{arch}-neuron-1.34-v{s}|EKS-optimized Kubernetes node based on Amazon Linux 2023, (k8s: 1.34, containerd: 2.*)|$eks2023
        $bottlerocket 1.19.0-5f94a6b1@20240201 1.38.0-3ba1ee7b@20250416 1.44.0-f7a1c9a3@20250807 1.57.0-2c3c7b4f@20260401
        bottlerocket/k8s-1.29|bottlerocket|size=2 arch=x86_64,aarch64|bottlerocket-aws-k8s-1.29-{arch}-v{s}|bottlerocket-aws-k8s-1.29-{arch}-v{s}|$bottlerocket
        bottlerocket/k8s-1.29-nvidia|bottlerocket|size=2 arch=x86_64,aarch64|bottlerocket-aws-k8s-1.29-nvidia-{arch}-v{s}|bottlerocket-aws-k8s-1.29-nvidia-{arch}-v{s}|$bottlerocket
        bottlerocket/k8s-1.30|bottlerocket|size=2 arch=x86_64,aarch64|bottlerocket-aws-k8s-1.30-{arch}-v{s}|bottlerocket-aws-k8s-1.30-{arch}-v{s}|$bottlerocket
        bottlerocket/k8s-1.30-nvidia|bottlerocket|size=2 arch=x86_64,aarch64|bottlerocket-aws-k8s-1.30-nvidia-{arch}-v{s}|bottlerocket-aws-k8s-1.30-nvidia-{arch}-v{s}|$bottlerocket
        bottlerocket/k8s-1.31|bottlerocket|size=2 arch=x86_64,aarch64|bottlerocket-aws-k8s-1.31-{arch}-v{s}|bottlerocket-aws-k8s-1.31-{arch}-v{s}|$bottlerocket
        bottlerocket/k8s-1.31-nvidia|bottlerocket|size=2 arch=x86_64,aarch64|bottlerocket-aws-k8s-1.31-nvidia-{arch}-v{s}|bottlerocket-aws-k8s-1.31-nvidia-{arch}-v{s}|$bottlerocket
        bottlerocket/k8s-1.32|bottlerocket|size=2 arch=x86_64,aarch64|bottlerocket-aws-k8s-1.32-{arch}-v{s}|bottlerocket-aws-k8s-1.32-{arch}-v{s}|$bottlerocket
        bottlerocket/k8s-1.32-nvidia|bottlerocket|size=2 arch=x86_64,aarch64|bottlerocket-aws-k8s-1.32-nvidia-{arch}-v{s}|bottlerocket-aws-k8s-1.32-nvidia-{arch}-v{s}|$bottlerocket
        bottlerocket/k8s-1.33|bottlerocket|size=2 arch=x86_64,aarch64|bottlerocket-aws-k8s-1.33-{arch}-v{s}|bottlerocket-aws-k8s-1.33-{arch}-v{s}|$bottlerocket
        bottlerocket/k8s-1.33-nvidia|bottlerocket|size=2 arch=x86_64,aarch64|bottlerocket-aws-k8s-1.33-nvidia-{arch}-v{s}|bottlerocket-aws-k8s-1.33-nvidia-{arch}-v{s}|$bottlerocket
        bottlerocket/k8s-1.34|bottlerocket|size=2 arch=x86_64,aarch64|bottlerocket-aws-k8s-1.34-{arch}-v{s}|bottlerocket-aws-k8s-1.34-{arch}-v{s}|$bottlerocket
        bottlerocket/k8s-1.34-nvidia|bottlerocket|size=2 arch=x86_64,aarch64|bottlerocket-aws-k8s-1.34-nvidia-{arch}-v{s}|bottlerocket-aws-k8s-1.34-nvidia-{arch}-v{s}|$bottlerocket
        bottlerocket/ecs-1|bottlerocket|size=2 arch=x86_64,aarch64|bottlerocket-aws-ecs-1-{arch}-v{s}|bottlerocket-aws-ecs-1-{arch}-v{s}|$bottlerocket
        bottlerocket/ecs-1-nvidia|bottlerocket|size=2 arch=x86_64,aarch64|bottlerocket-aws-ecs-1-nvidia-{arch}-v{s}|bottlerocket-aws-ecs-1-nvidia-{arch}-v{s}|$bottlerocket
        bottlerocket/ecs-2|bottlerocket|size=2 arch=x86_64,aarch64|bottlerocket-aws-ecs-2-{arch}-v{s}|bottlerocket-aws-ecs-2-{arch}-v{s}|$bottlerocket
        bottlerocket/ecs-2-nvidia|bottlerocket|size=2 arch=x86_64,aarch64|bottlerocket-aws-ecs-2-nvidia-{arch}-v{s}|bottlerocket-aws-ecs-2-nvidia-{arch}-v{s}|$bottlerocket
        debian-11|debian|@debian|debian-11-{arch}-{s}|Debian 11 ({s})|20231013-1532 20240104-1616 20250303-2040 20250806-2194
        debian-12|debian|@debian vol=gp3 bm=uefi-preferred|debian-12-{arch}-{s}|Debian 12 ({s})|20231013-1532 20240717-1811 20250316-2053 20251006-2257 20260210-2384
        debian-13|debian|@debian vol=gp3 bm=uefi-preferred imds=v2.0|debian-13-{arch}-{s}|Debian 13 ({s})|20250814-2204 20251006-2257 20260210-2384 20260501-2464
        debian-10|debian|@debian|debian-10-{arch}-{s}|Debian 10 ({s})|20220328-962 20240703-1797
        debian-9|stretch|user=admin|debian-stretch-hvm-x86_64-gp2-{s}|Debian stretch (hvm x86_64 gp2)|2021-08-31-49893 2022-07-01-66430
        $windows 2023.12.13 2024.12.13 2025.03.12 2025.06.11 2025.08.13 2025.09.10 2025.10.15 2026.02.11 2026.04.15
        $windows2025 2024.12.13 2025.03.12 2025.06.11 2025.08.13 2025.09.10 2025.10.15 2026.02.11 2026.04.15
        $windows-last 2025.10.15 2026.02.11 2026.04.15
        windows-2016-Full|microsoft|@windows|Windows_Server-2016-English-Full-Base-{s}|Microsoft Windows Server 2016 Full Locale English AMI provided by Amazon|$windows
        windows-2016-Core|microsoft|@windows|Windows_Server-2016-English-Core-Base-{s}|Microsoft Windows Server 2016 Core Locale English AMI provided by Amazon|$windows
        windows-2019-Full|microsoft|@windows|Windows_Server-2019-English-Full-Base-{s}|Microsoft Windows Server 2019 Full Locale English AMI provided by Amazon|$windows
        windows-2019-Core|microsoft|@windows|Windows_Server-2019-English-Core-Base-{s}|Microsoft Windows Server 2019 Core Locale English AMI provided by Amazon|$windows
        windows-2022-Full|microsoft|@windows|Windows_Server-2022-English-Full-Base-{s}|Microsoft Windows Server 2022 Full Locale English AMI provided by Amazon|$windows
        windows-2022-Core|microsoft|@windows|Windows_Server-2022-English-Core-Base-{s}|Microsoft Windows Server 2022 Core Locale English AMI provided by Amazon|$windows
        windows-2025-Full|microsoft|@windows bm=uefi tpm=v2.0|Windows_Server-2025-English-Full-Base-{s}|Microsoft Windows Server 2025 Full Locale English AMI provided by Amazon|$windows2025
        windows-2025-Core|microsoft|@windows bm=uefi tpm=v2.0|Windows_Server-2025-English-Core-Base-{s}|Microsoft Windows Server 2025 Core Locale English AMI provided by Amazon|$windows2025
        windows-2019-sql-2019-Express|microsoft|@windows size=50 op=windows|Windows_Server-2019-English-Full-SQL_2019_Express-{s}|Microsoft Windows Server 2019 Full Locale English with SQL Express 2019 AMI provided by Amazon|$windows-last
        windows-2019-sql-2019-Web|microsoft|@windows size=50 op=windows-sql-web|Windows_Server-2019-English-Full-SQL_2019_Web-{s}|Microsoft Windows Server 2019 Full Locale English with SQL Web 2019 AMI provided by Amazon|$windows-last
        windows-2019-sql-2019-Standard|microsoft|@windows size=50 op=windows-sql-standard|Windows_Server-2019-English-Full-SQL_2019_Standard-{s}|Microsoft Windows Server 2019 Full Locale English with SQL Standard 2019 AMI provided by Amazon|$windows-last
        windows-2019-sql-2019-Enterprise|microsoft|@windows size=50 op=windows-sql-enterprise|Windows_Server-2019-English-Full-SQL_2019_Enterprise-{s}|Microsoft Windows Server 2019 Full Locale English with SQL Enterprise 2019 AMI provided by Amazon|$windows-last
        windows-2022-sql-2019-Express|microsoft|@windows size=50 op=windows|Windows_Server-2022-English-Full-SQL_2019_Express-{s}|Microsoft Windows Server 2022 Full Locale English with SQL Express 2019 AMI provided by Amazon|$windows-last
        windows-2022-sql-2019-Web|microsoft|@windows size=50 op=windows-sql-web|Windows_Server-2022-English-Full-SQL_2019_Web-{s}|Microsoft Windows Server 2022 Full Locale English with SQL Web 2019 AMI provided by Amazon|$windows-last
        windows-2022-sql-2019-Standard|microsoft|@windows size=50 op=windows-sql-standard|Windows_Server-2022-English-Full-SQL_2019_Standard-{s}|Microsoft Windows Server 2022 Full Locale English with SQL Standard 2019 AMI provided by Amazon|$windows-last
        windows-2022-sql-2019-Enterprise|microsoft|@windows size=50 op=windows-sql-enterprise|Windows_Server-2022-English-Full-SQL_2019_Enterprise-{s}|Microsoft Windows Server 2022 Full Locale English with SQL Enterprise 2019 AMI provided by Amazon|$windows-last
        windows-2022-sql-2022-Express|microsoft|@windows size=50 op=windows|Windows_Server-2022-English-Full-SQL_2022_Express-{s}|Microsoft Windows Server 2022 Full Locale English with SQL Express 2022 AMI provided by Amazon|$windows-last
        windows-2022-sql-2022-Web|microsoft|@windows size=50 op=windows-sql-web|Windows_Server-2022-English-Full-SQL_2022_Web-{s}|Microsoft Windows Server 2022 Full Locale English with SQL Web 2022 AMI provided by Amazon|$windows-last
        windows-2022-sql-2022-Standard|microsoft|@windows size=50 op=windows-sql-standard|Windows_Server-2022-English-Full-SQL_2022_Standard-{s}|Microsoft Windows Server 2022 Full Locale English with SQL Standard 2022 AMI provided by Amazon|$windows-last
        windows-2022-sql-2022-Enterprise|microsoft|@windows size=50 op=windows-sql-enterprise|Windows_Server-2022-English-Full-SQL_2022_Enterprise-{s}|Microsoft Windows Server 2022 Full Locale English with SQL Enterprise 2022 AMI provided by Amazon|$windows-last
        windows-2025-sql-2022-Express|microsoft|@windows size=50 op=windows bm=uefi tpm=v2.0|Windows_Server-2025-English-Full-SQL_2022_Express-{s}|Microsoft Windows Server 2025 Full Locale English with SQL Express 2022 AMI provided by Amazon|$windows-last
        windows-2025-sql-2022-Web|microsoft|@windows size=50 op=windows-sql-web bm=uefi tpm=v2.0|Windows_Server-2025-English-Full-SQL_2022_Web-{s}|Microsoft Windows Server 2025 Full Locale English with SQL Web 2022 AMI provided by Amazon|$windows-last
        windows-2025-sql-2022-Standard|microsoft|@windows size=50 op=windows-sql-standard bm=uefi tpm=v2.0|Windows_Server-2025-English-Full-SQL_2022_Standard-{s}|Microsoft Windows Server 2025 Full Locale English with SQL Standard 2022 AMI provided by Amazon|$windows-last
        windows-2025-sql-2022-Enterprise|microsoft|@windows size=50 op=windows-sql-enterprise bm=uefi tpm=v2.0|Windows_Server-2025-English-Full-SQL_2022_Enterprise-{s}|Microsoft Windows Server 2025 Full Locale English with SQL Enterprise 2022 AMI provided by Amazon|$windows-last
        windows-2016-Full-ecs|microsoft|@windows size=50|Windows_Server-2016-English-Full-ECS_Optimized-{s}|Microsoft Windows Server 2016 Full Locale English ECS-optimized AMI provided by Amazon|$windows-last
        windows-2019-Full-ecs|microsoft|@windows size=50|Windows_Server-2019-English-Full-ECS_Optimized-{s}|Microsoft Windows Server 2019 Full Locale English ECS-optimized AMI provided by Amazon|$windows-last
        windows-2019-Core-ecs|microsoft|@windows size=50|Windows_Server-2019-English-Core-ECS_Optimized-{s}|Microsoft Windows Server 2019 Core Locale English ECS-optimized AMI provided by Amazon|$windows-last
        windows-2022-Full-ecs|microsoft|@windows size=50|Windows_Server-2022-English-Full-ECS_Optimized-{s}|Microsoft Windows Server 2022 Full Locale English ECS-optimized AMI provided by Amazon|$windows-last
        windows-2022-Core-ecs|microsoft|@windows size=50|Windows_Server-2022-English-Core-ECS_Optimized-{s}|Microsoft Windows Server 2022 Core Locale English ECS-optimized AMI provided by Amazon|$windows-last
        windows-2025-Full-ecs|microsoft|@windows size=50 bm=uefi tpm=v2.0|Windows_Server-2025-English-Full-ECS_Optimized-{s}|Microsoft Windows Server 2025 Full Locale English ECS-optimized AMI provided by Amazon|$windows-last
        windows-2025-Core-ecs|microsoft|@windows size=50 bm=uefi tpm=v2.0|Windows_Server-2025-English-Core-ECS_Optimized-{s}|Microsoft Windows Server 2025 Core Locale English ECS-optimized AMI provided by Amazon|$windows-last
        windows-2019-Full-eks-1.32|microsoft|@windows size=50|Windows_Server-2019-English-Full-EKS_Optimized-1.32-{s}|Microsoft Windows Server 2019 Full Locale English EKS-optimized AMI provided by Amazon (k8s: 1.32)|$windows-last
        windows-2019-Full-eks-1.33|microsoft|@windows size=50|Windows_Server-2019-English-Full-EKS_Optimized-1.33-{s}|Microsoft Windows Server 2019 Full Locale English EKS-optimized AMI provided by Amazon (k8s: 1.33)|$windows-last
        windows-2019-Full-eks-1.34|microsoft|@windows size=50|Windows_Server-2019-English-Full-EKS_Optimized-1.34-{s}|Microsoft Windows Server 2019 Full Locale English EKS-optimized AMI provided by Amazon (k8s: 1.34)|$windows-last
        windows-2019-Core-eks-1.32|microsoft|@windows size=50|Windows_Server-2019-English-Core-EKS_Optimized-1.32-{s}|Microsoft Windows Server 2019 Core Locale English EKS-optimized AMI provided by Amazon (k8s: 1.32)|$windows-last
        windows-2019-Core-eks-1.33|microsoft|@windows size=50|Windows_Server-2019-English-Core-EKS_Optimized-1.33-{s}|Microsoft Windows Server 2019 Core Locale English EKS-optimized AMI provided by Amazon (k8s: 1.33)|$windows-last
        windows-2019-Core-eks-1.34|microsoft|@windows size=50|Windows_Server-2019-English-Core-EKS_Optimized-1.34-{s}|Microsoft Windows Server 2019 Core Locale English EKS-optimized AMI provided by Amazon (k8s: 1.34)|$windows-last
        windows-2022-Full-eks-1.32|microsoft|@windows size=50|Windows_Server-2022-English-Full-EKS_Optimized-1.32-{s}|Microsoft Windows Server 2022 Full Locale English EKS-optimized AMI provided by Amazon (k8s: 1.32)|$windows-last
        windows-2022-Full-eks-1.33|microsoft|@windows size=50|Windows_Server-2022-English-Full-EKS_Optimized-1.33-{s}|Microsoft Windows Server 2022 Full Locale English EKS-optimized AMI provided by Amazon (k8s: 1.33)|$windows-last
        windows-2022-Full-eks-1.34|microsoft|@windows size=50|Windows_Server-2022-English-Full-EKS_Optimized-1.34-{s}|Microsoft Windows Server 2022 Full Locale English EKS-optimized AMI provided by Amazon (k8s: 1.34)|$windows-last
        windows-2022-Core-eks-1.32|microsoft|@windows size=50|Windows_Server-2022-English-Core-EKS_Optimized-1.32-{s}|Microsoft Windows Server 2022 Core Locale English EKS-optimized AMI provided by Amazon (k8s: 1.32)|$windows-last
        windows-2022-Core-eks-1.33|microsoft|@windows size=50|Windows_Server-2022-English-Core-EKS_Optimized-1.33-{s}|Microsoft Windows Server 2022 Core Locale English EKS-optimized AMI provided by Amazon (k8s: 1.33)|$windows-last
        windows-2022-Core-eks-1.34|microsoft|@windows size=50|Windows_Server-2022-English-Core-EKS_Optimized-1.34-{s}|Microsoft Windows Server 2022 Core Locale English EKS-optimized AMI provided by Amazon (k8s: 1.34)|$windows-last
        windows-2025-Full-eks-1.32|microsoft|@windows size=50 bm=uefi tpm=v2.0|Windows_Server-2025-English-Full-EKS_Optimized-1.32-{s}|Microsoft Windows Server 2025 Full Locale English EKS-optimized AMI provided by Amazon (k8s: 1.32)|$windows-last
        windows-2025-Full-eks-1.33|microsoft|@windows size=50 bm=uefi tpm=v2.0|Windows_Server-2025-English-Full-EKS_Optimized-1.33-{s}|Microsoft Windows Server 2025 Full Locale English EKS-optimized AMI provided by Amazon (k8s: 1.33)|$windows-last
        windows-2025-Full-eks-1.34|microsoft|@windows size=50 bm=uefi tpm=v2.0|Windows_Server-2025-English-Full-EKS_Optimized-1.34-{s}|Microsoft Windows Server 2025 Full Locale English EKS-optimized AMI provided by Amazon (k8s: 1.34)|$windows-last
        windows-2025-Core-eks-1.32|microsoft|@windows size=50 bm=uefi tpm=v2.0|Windows_Server-2025-English-Core-EKS_Optimized-1.32-{s}|Microsoft Windows Server 2025 Core Locale English EKS-optimized AMI provided by Amazon (k8s: 1.32)|$windows-last
        windows-2025-Core-eks-1.33|microsoft|@windows size=50 bm=uefi tpm=v2.0|Windows_Server-2025-English-Core-EKS_Optimized-1.33-{s}|Microsoft Windows Server 2025 Core Locale English EKS-optimized AMI provided by Amazon (k8s: 1.33)|$windows-last
        windows-2025-Core-eks-1.34|microsoft|@windows size=50 bm=uefi tpm=v2.0|Windows_Server-2025-English-Core-EKS_Optimized-1.34-{s}|Microsoft Windows Server 2025 Core Locale English EKS-optimized AMI provided by Amazon (k8s: 1.34)|$windows-last
        server/trusty|canonical|@old-ubuntu|ubuntu/images/hvm-ssd/ubuntu-trusty-14.04-{arch}-server-{s}|Canonical, Ubuntu, 14.04 LTS, {arch} trusty image build on {s}|20170727 20190514 20191107
        server/xenial|canonical|@ubuntu|ubuntu/images/hvm-ssd/ubuntu-xenial-16.04-{arch}-server-{s}|Canonical, Ubuntu, 16.04 LTS, {arch} xenial image build on {s}|20170721 20200114 20210429 20210928
        pro/jammy|canonical|@ubuntu bm=uefi-preferred op=ubuntu-pro|ubuntu-pro-server/images/hvm-ssd/ubuntu-jammy-22.04-{arch}-pro-server-{s}|Canonical, Ubuntu Pro, 22.04, {arch} jammy image|$jammy
        ubuntu-eks-1.31/jammy|canonical|@ubuntu size=20 bm=uefi-preferred|ubuntu-eks/k8s_1.31/images/hvm-ssd/ubuntu-jammy-22.04-{arch}-server-{s}|Ubuntu EKS Node OS (k8s_1.31), 22.04, {arch} jammy image|20250821 20260218
        ubuntu-eks-1.32/jammy|canonical|@ubuntu size=20 bm=uefi-preferred|ubuntu-eks/k8s_1.32/images/hvm-ssd/ubuntu-jammy-22.04-{arch}-server-{s}|Ubuntu EKS Node OS (k8s_1.32), 22.04, {arch} jammy image|20250821 20260218
        ubuntu-eks-1.33/jammy|canonical|@ubuntu size=20 bm=uefi-preferred|ubuntu-eks/k8s_1.33/images/hvm-ssd/ubuntu-jammy-22.04-{arch}-server-{s}|Ubuntu EKS Node OS (k8s_1.33), 22.04, {arch} jammy image|20250821 20260218
        pro/noble|canonical|@ubuntu vol=gp3 bm=uefi-preferred imds=v2.0 op=ubuntu-pro|ubuntu-pro-server/images/hvm-ssd-gp3/ubuntu-noble-24.04-{arch}-pro-server-{s}|Canonical, Ubuntu Pro, 24.04, {arch} noble image|$noble
        ubuntu-eks-1.31/noble|canonical|@ubuntu size=20 vol=gp3 bm=uefi-preferred imds=v2.0|ubuntu-eks/k8s_1.31/images/hvm-ssd-gp3/ubuntu-noble-24.04-{arch}-server-{s}|Ubuntu EKS Node OS (k8s_1.31), 24.04, {arch} noble image|20250821 20260218
        ubuntu-eks-1.32/noble|canonical|@ubuntu size=20 vol=gp3 bm=uefi-preferred imds=v2.0|ubuntu-eks/k8s_1.32/images/hvm-ssd-gp3/ubuntu-noble-24.04-{arch}-server-{s}|Ubuntu EKS Node OS (k8s_1.32), 24.04, {arch} noble image|20250821 20260218
        ubuntu-eks-1.33/noble|canonical|@ubuntu size=20 vol=gp3 bm=uefi-preferred imds=v2.0|ubuntu-eks/k8s_1.33/images/hvm-ssd-gp3/ubuntu-noble-24.04-{arch}-server-{s}|Ubuntu EKS Node OS (k8s_1.33), 24.04, {arch} noble image|20250821 20260218
        rhel-7|redhat|@rhel arch=x86_64|RHEL-{1}_HVM-{2}-{arch}-{3}-Hourly2-GP2|Provided by Red Hat, Inc.|7.9:20221027:0 7.9:20240930:0
        rhel-8|redhat|@rhel|RHEL-{1}_HVM-{2}-{arch}-{3}-Hourly2-GP2|Provided by Red Hat, Inc.|8.4.0:20210504:2 8.6.0:20220503:2 8.8.0:20230623:3
        rhel-8-gp3|redhat|@rhel vol=gp3|RHEL-{1}_HVM-{2}-{arch}-{3}-Hourly2-GP3|Provided by Red Hat, Inc.|8.9.0:20240103:3 8.10.0:20240630:2 8.10.0:20250812:0
        rhel-9|redhat|@rhel bm=uefi-preferred|RHEL-{1}_HVM-{2}-{arch}-{3}-Hourly2-GP2|Provided by Red Hat, Inc.|9.0.0:20220513:0 9.1.0:20221101:2 9.2.0:20230503:41
        rhel-9-gp3|redhat|@rhel vol=gp3 bm=uefi-preferred|RHEL-{1}_HVM-{2}-{arch}-{3}-Hourly2-GP3|Provided by Red Hat, Inc.|9.3.0:20240117:49 9.4.0:20240605:82 9.5.0:20241211:0 9.6.0:20250618:0 9.7.0:20251117:0
        rhel-10|redhat|@rhel vol=gp3 bm=uefi-preferred|RHEL-{1}_HVM-{2}-{arch}-{3}-Hourly2-GP3|Provided by Red Hat, Inc.|10.0.0:20250519:0 10.1.0:20251106:0
        sles-12|suse|@suse op=suse|suse-sles-12-sp5-v{s}-hvm-ssd-{arch}|SUSE Linux Enterprise Server 12 SP5 (HVM, 64-bit, SSD-Backed)|20230607 20241104
        sles-15-sp4|suse|@suse op=suse|suse-sles-15-sp4-v{s}-hvm-ssd-{arch}|SUSE Linux Enterprise Server 15 SP4 (HVM, 64-bit, SSD-Backed)|20231207
        sles-15-sp4-byos|suse|@suse|suse-sles-15-sp4-byos-v{s}-hvm-ssd-{arch}|SUSE Linux Enterprise Server 15 SP4 BYOS (HVM, 64-bit, SSD-Backed)|20231207
        sles-15-sp5|suse|@suse op=suse|suse-sles-15-sp5-v{s}-hvm-ssd-{arch}|SUSE Linux Enterprise Server 15 SP5 (HVM, 64-bit, SSD-Backed)|20231017 20240129 20241204
        sles-15-sp5-byos|suse|@suse|suse-sles-15-sp5-byos-v{s}-hvm-ssd-{arch}|SUSE Linux Enterprise Server 15 SP5 BYOS (HVM, 64-bit, SSD-Backed)|20231017 20240129 20241204
        sles-15-sp6|suse|@suse op=suse|suse-sles-15-sp6-v{s}-hvm-ssd-{arch}|SUSE Linux Enterprise Server 15 SP6 (HVM, 64-bit, SSD-Backed)|20240624 20250210 20250813
        sles-15-sp6-byos|suse|@suse|suse-sles-15-sp6-byos-v{s}-hvm-ssd-{arch}|SUSE Linux Enterprise Server 15 SP6 BYOS (HVM, 64-bit, SSD-Backed)|20240624 20250210 20250813
        sles-15-sp7|suse|@suse op=suse|suse-sles-15-sp7-v{s}-hvm-ssd-{arch}|SUSE Linux Enterprise Server 15 SP7 (HVM, 64-bit, SSD-Backed)|20250617 20251103 20260305
        sles-15-sp7-byos|suse|@suse|suse-sles-15-sp7-byos-v{s}-hvm-ssd-{arch}|SUSE Linux Enterprise Server 15 SP7 BYOS (HVM, 64-bit, SSD-Backed)|20250617 20251103 20260305
        rocky-8|rocky|dev=/dev/sda1 size=10 user=rocky arch=x86_64,aarch64|Rocky-8-EC2-Base-{1}-{2}.{arch}|Rocky-8-EC2-Base-{1}-{2}.{arch}|8.9:20231119.0 8.10:20240528.0
        rocky-8-lvm|rocky|dev=/dev/sda1 size=10 user=rocky arch=x86_64,aarch64|Rocky-8-EC2-LVM-{1}-{2}.{arch}|Rocky-8-EC2-LVM-{1}-{2}.{arch}|8.9:20231119.0 8.10:20240528.0
        rocky-9|rocky|dev=/dev/sda1 size=10 user=rocky arch=x86_64,aarch64 bm=uefi-preferred|Rocky-9-EC2-Base-{1}-{2}.{arch}|Rocky-9-EC2-Base-{1}-{2}.{arch}|9.3:20231113.0 9.4:20240523.0 9.5:20241118.0 9.6:20250531.0
        rocky-9-lvm|rocky|dev=/dev/sda1 size=10 user=rocky arch=x86_64,aarch64 bm=uefi-preferred|Rocky-9-EC2-LVM-{1}-{2}.{arch}|Rocky-9-EC2-LVM-{1}-{2}.{arch}|9.3:20231113.0 9.4:20240523.0 9.5:20241118.0 9.6:20250531.0
        rocky-10|rocky|dev=/dev/sda1 size=10 user=rocky arch=x86_64,aarch64 bm=uefi-preferred|Rocky-10-EC2-Base-{1}-{2}.{arch}|Rocky-10-EC2-Base-{1}-{2}.{arch}|10.0:20250609.1
        rocky-10-lvm|rocky|dev=/dev/sda1 size=10 user=rocky arch=x86_64,aarch64 bm=uefi-preferred|Rocky-10-EC2-LVM-{1}-{2}.{arch}|Rocky-10-EC2-LVM-{1}-{2}.{arch}|10.0:20250609.1
        alma-8|alma|dev=/dev/sda1 size=10 user=ec2-user arch=x86_64,aarch64|AlmaLinux OS {s} {arch}|Official AlmaLinux OS 8 Amazon Machine Image|8.9.20231123 8.10.20240530
        alma-9|alma|dev=/dev/sda1 size=10 user=ec2-user arch=x86_64,aarch64 bm=uefi-preferred|AlmaLinux OS {s} {arch}|Official AlmaLinux OS 9 Amazon Machine Image|9.3.20231113 9.4.20240507 9.5.20241120 9.6.20250522
        alma-10|alma|dev=/dev/sda1 size=10 user=ec2-user arch=x86_64,aarch64 bm=uefi-preferred|AlmaLinux OS {s} {arch}|Official AlmaLinux OS 10 Amazon Machine Image|10.0.20250528
        centos-stream-9|fedora|dev=/dev/sda1 size=10 user=ec2-user arch=x86_64,aarch64|CentOS Stream 9 {arch} {s}|CentOS Stream 9 {arch} {s}|20240513 20250609 20260112
        centos-7|marketplace|dev=/dev/sda1 user=centos|CentOS Linux 7 x86_64 HVM EBS ENA {1}-b7ee8a69-ee97-4a49-9e68-afaee216db2e-{2}.4|CentOS Linux 7 x86_64 HVM EBS ENA {1}|2002_01:ami-0042af67f8e4dcc20@20200313
        fedora|fedora|dev=/dev/sda1 user=fedora vol=gp3 arch=x86_64,aarch64 bm=uefi-preferred imds=v2.0|Fedora-Cloud-Base-AmazonEC2.{arch}-{s}|Fedora Cloud base image Fedora-Cloud-Base-AmazonEC2.{arch}-{s}|41-1.4@20241024 42-1.1@20250409
        fck-nat|fck-nat|user=ec2-user size=2 vol=gp3 arch=arm64,x86_64|fck-nat-al2023-hvm-{1}-{2}-{arch}-ebs|fck-nat {1} {arch}|1.3.0:20240125 1.4.0:20260106
        deep-learning-ubuntu|deep-learning|dev=/dev/sda1 size=35 user=ubuntu vol=gp3|Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 22.04) {s}|Supported EC2 instances: G4dn, G5, G6, Gr6, P4d, P4de, P5. Release notes: https://docs.aws.amazon.com/dlami/latest/devguide/appendix-ami-release-notes.html|20250801 20260220
        deep-learning-al2023|deep-learning|size=35 user=ec2-user vol=gp3|Deep Learning Base OSS Nvidia Driver GPU AMI (Amazon Linux 2023) {s}|Supported EC2 instances: G4dn, G5, G6, Gr6, P4d, P4de, P5. Release notes: https://docs.aws.amazon.com/dlami/latest/devguide/appendix-ami-release-notes.html|20250801 20260220
        """#
}
