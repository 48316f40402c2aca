#!/usr/bin/env bash
# The document's commands, one by one, as a person types them: boto3 and aws outside, ssh and scp, aws and docker inside. Needs
# the environment variables for a `drydock serve --guests`, and an empty working folder.
set -uo pipefail
registry=001727357081.dkr.ecr.us-east-1.amazonaws.com
key=keyPairUniversal.pem
options=(-F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o BatchMode=yes -o IdentitiesOnly=yes)

# expect TEXT COMMAND…: the command's output and errors contain the text. expect_status N TEXT COMMAND…: the command also ends
# with exit code N; `fails` stands for any code but 0.
expect() { expect_status 0 "$@"; }
expect_status() {
  local status=$1 text=$2 output code
  shift 2
  output=$("$@" 2>&1 < /dev/null)
  code=$?
  # The exit codes of failures differ between versions of the AWS CLI.
  [ "$status" = fails ] && [ $code != 0 ] && status=$code
  if [ $code != "$status" ] || [[ $output != *"$text"* ]]; then
    printf 'FAILED: %s\n  wanted: exit code %s, "%s"\n  got: exit code %s, "%s"\n' "$*" "$status" "$text" "$code" "$output"
    exit 1
  fi
}
inside() { ssh "${options[@]}" -o ConnectTimeout="${patience:-20}" -p "$port" -i "${with:-$key}" "${as:-ubuntu}@$address" "$@"; }
group() { aws ec2 describe-security-groups --group-names default --query 'SecurityGroups[0].GroupId' --output text; }
open_port() { aws ec2 authorize-security-group-ingress --group-id "$(group)" --protocol tcp --port "$1" --cidr 0.0.0.0/0; }

# 1. The repository
expect RepositoryNotFoundException python3 -c '
import boto3
ecr = boto3.client("ecr")
try: ecr.describe_repositories(repositoryNames=["repository_test1"])
except ecr.exceptions.RepositoryNotFoundException as error: print(error)
print(ecr.create_repository(repositoryName="repository_test1")["repository"]["repositoryUri"])'
expect_status fails RepositoryAlreadyExistsException aws ecr create-repository --repository-name repository_test1

# 2. The instance, with the image that the document names, and its user data
cat > udFile.sh <<'DATA'
#!/bin/bash
sudo apt-get update -y
sudo apt-get upgrade -y
sudo apt-get install -y nano vim curl wget unzip
curl "https://awscli.amazonaws.com/awscli-exe-linux-x86_64.zip" -o "awscliv2.zip"
unzip awscliv2.zip
sudo ./aws/install
sudo install -m 0755 -d /etc/apt/keyrings
curl -fsSL https://download.docker.com/linux/ubuntu/gpg | sudo gpg --dearmor -o /etc/apt/keyrings/docker.gpg
sudo chmod a+r /etc/apt/keyrings/docker.gpg
echo "deb [arch=$(dpkg --print-architecture) signed-by=/etc/apt/keyrings/docker.gpg] https://download.docker.com/linux/ubuntu \
  $(. /etc/os-release && echo "$UBUNTU_CODENAME") stable" | sudo tee /etc/apt/sources.list.d/docker.list > /dev/null
sudo apt-get update -y
sudo apt-get install -y docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin
sudo usermod -aG docker ubuntu
sudo newgrp docker
DATA
expect running python3 -c '
import boto3, os
ec2 = boto3.resource("ec2")
key = ec2.create_key_pair(KeyName="keyPairUniversal")
with open(os.open("keyPairUniversal.pem", os.O_WRONLY | os.O_CREAT, 0o600), "w") as file: file.write(key.key_material)
group = list(ec2.security_groups.filter(Filters=[{"Name": "group-name", "Values": ["default"]}]))[0].id
subnet = list(ec2.subnets.filter(Filters=[{"Name": "availabilityZone", "Values": ["us-east-1a"]}]))[0].id
instance = ec2.create_instances(
    ImageId="ami-0c7217cdde317cfec", InstanceType="t2.micro", KeyName="keyPairUniversal", SecurityGroupIds=[group],
    SubnetId=subnet, MinCount=1, MaxCount=1, UserData=open("udFile.sh").read(),
    TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "ec2Test1"}]}])[0]
while instance.state["Name"] != "running": instance.reload()
print(instance.state["Name"])'
query() { aws ec2 describe-instances --filters Name=tag:Name,Values=ec2Test1 --query "Reservations[0].Instances[0].$1" --output text; }
address=$(query PublicIpAddress)
instance=$(query InstanceId)
zone=$(query Placement.AvailabilityZone)
# If port 22 isn't available, the console shows the port a moment after the instance runs.
port=22
if [ "${DRYDOCK_BINDS_22:-1}" = 0 ]; then
  for _ in $(seq 100); do
    port=$(aws ec2 get-console-output --instance-id "$instance" --output text | sed -n 's/.*drydock: ssh to .* is at port //p' | tail -1)
    [ -z "$port" ] || break
    sleep 0.1
  done
fi

# 3. Port 22: silent before the rule, and no second rule
patience=2 expect_status 255 "connect to host $address port $port: Connection timed out" inside true
expect Return open_port 22
expect_status fails 'InvalidPermission.Duplicate' open_port 22

# 4. Log in; only the right key works
expect "status: done" inside cloud-init status --wait
expect aws-cli/ inside aws --version
expect "Docker version" inside docker --version
ssh-keygen -q -t ed25519 -N '' -f other
with=other expect_status 255 "Permission denied (publickey)" inside true
as=root expect_status 142 'Please login as the user "ubuntu" rather than the user "root".' inside true

# 5. Transfer files that aren't there yet
aws iam create-user --user-name Worker > /dev/null
aws iam attach-user-policy --user-name Worker --policy-arn arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser
read -r id secret < <(aws iam create-access-key --user-name Worker --query 'AccessKey.[AccessKeyId,SecretAccessKey]' --output text)
mkdir .aws .docker
printf '[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n' "$id" "$secret" > .aws/credentials
printf '[default]\nregion = us-east-1\noutput = json\n' > .aws/config
token=$(AWS_ACCESS_KEY_ID=$id AWS_SECRET_ACCESS_KEY=$secret aws ecr get-authorization-token --output text \
  --query 'authorizationData[0].authorizationToken')
printf '{"auths": {"https://index.docker.io/v1/": {"auth": "%s"}, "%s": {"auth": "%s"}}}' \
  "$(printf 'pedroheeger:a-password-of-the-simulated-hub' | base64)" "$registry" "$token" > .docker/config.json
transfer() {
  for folder in .aws .docker; do
    if [ "$(inside "test -d /home/ubuntu/$folder && echo true || echo false")" = true ]; then echo "$folder is there"; continue; fi
    scp "${options[@]}" -P "$port" -i $key -r $folder "ubuntu@$address:/home/ubuntu" || return
  done
}
expect "" transfer
expect ".docker is there" transfer

# 6. The caller's identity
expect arn:aws:iam::001727357081:user/Worker inside aws sts get-caller-identity
expect_status fails SignatureDoesNotMatch inside "AWS_ACCESS_KEY_ID=$id AWS_SECRET_ACCESS_KEY=wrong aws sts get-caller-identity"

# 8. and 9. Pull from Docker Hub, and push back under a new name
flask=pedroheeger/curso084-flask:v1
expect "Status: Downloaded newer image for $flask" inside docker pull $flask
expect "" inside docker tag $flask pedroheeger/test1:v1
expect "v1: digest: sha256:" inside docker push pedroheeger/test1:v1
expect "" inside docker tag $flask somebodyelse/test1:v1
expect_status 1 "denied: requested access to the resource is denied" inside docker push somebodyelse/test1:v1
expect "Untagged: somebodyelse/test1:v1" inside docker image rm somebodyelse/test1:v1

# 10. Both names, one image
expect 1 inside "docker images -q | sort -u | wc -l"

# 11. and 12. To ECR: needs the repository and a login
image=$registry/repository_test1:v1
expect "" inside docker tag pedroheeger/test1:v1 "$image"
expect "v1: digest: sha256:" inside docker push "$image"
expect "" inside docker tag pedroheeger/test1:v1 $registry/not_there:v1
expect_status 1 "name unknown: The repository with name 'not_there' does not exist in the registry with id '001727357081'" \
  inside docker push $registry/not_there:v1
expect "" inside docker image rm $registry/not_there:v1
expect '"now"' curl -sS -X POST "$AWS_ENDPOINT_URL/_drydock/clock" -d '{"advance": "13h"}'
expect_status 1 "Your authorization token has expired. Reauthenticate and try again." inside docker push "$image"
expect "Removing login credentials" inside docker logout $registry
expect_status 1 "no basic auth credentials" inside docker push "$image"
expect "Login Succeeded" inside \
  "aws ecr get-login-password --region us-east-1 | docker login --username AWS --password-stdin $registry"
expect "v1: digest: sha256:" inside docker push "$image"

# 13. Look at the image
digest=$(aws ecr describe-images --repository-name repository_test1 --query 'imageDetails[0].imageDigest' --output text)
expect v1 aws ecr describe-images --repository-name repository_test1 --query 'imageDetails[0].imageTags' --output text

# 14. and 15. Remove everything, pull it from ECR
expect "Deleted: sha256:" inside "docker image rm $flask pedroheeger/test1:v1 $image"
expect 0 inside "docker images -q | wc -l"
expect "Digest: $digest" inside docker pull "$image"
expect "$registry/repository_test1" inside docker images

# 16. Delete the image in ECR
expect "imageDigest" python3 -c '
import boto3
ecr = boto3.client("ecr")
for _ in range(2): print(ecr.batch_delete_image(repositoryName="repository_test1", imageIds=[{"imageTag": "v1"}]))'
expect "" inside docker image rm "$image"
expect_status 1 "not found" inside docker pull "$image"

# EC2 Instance Connect, for a user without the pair's key
expect '"Success": true' aws ec2-instance-connect send-ssh-public-key --instance-id "$instance" --instance-os-user ubuntu \
  --availability-zone "$zone" --ssh-public-key file://other.pub
with=other expect ubuntu inside id -un

# 17. Clean up
expect shutting-down aws ec2 terminate-instances --instance-ids "$instance"
until [ "$(query State.Name)" = terminated ]; do sleep 0.2; done
patience=2 expect_status 255 "Connection timed out" inside true
expect "" aws ecr delete-repository --repository-name repository_test1
echo "the document is done"
