"""Stock Terraform provisioners in a guest: copy a file, run commands over ssh, and replace the instance when user data changes."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../DoorTests/Programs"))
import terraform_folder

CONFIGURATION = terraform_folder.providers() + r"""
variable "stage" { default = "first" }
resource "aws_key_pair" "own" {
  key_name   = "own"
  public_key = file("key.pub")
}
resource "aws_security_group" "ssh" {
  name = "ssh"
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["127.0.0.1/32"]
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
resource "aws_instance" "web" {
  ami                         = "ami-0c7217cdde317cfec"
  instance_type               = "t2.micro"
  key_name                    = aws_key_pair.own.key_name
  vpc_security_group_ids      = [aws_security_group.ssh.id]
  user_data_replace_on_change = true
  user_data                   = <<-X
    #cloud-config
    write_files: [{path: /etc/stage, content: "${var.stage}"}]
  X
  connection {
    host        = self.public_ip
    user        = "ubuntu"
    private_key = file("key")
  }
  provisioner "file" {
    content     = "copied in ${var.stage}\n"
    destination = "/home/ubuntu/copied"
  }
  provisioner "remote-exec" {
    inline = [
      "cloud-init status --wait",
      "echo \"stage $(cat /etc/stage), $(cat copied), as $(id -un) and $(sudo id -un)\"",
    ]
  }
}
"""

with terraform_folder.folder(CONFIGURATION) as terraform:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{terraform.path}/key"], check=True)
    for stage in ("first", "second"):
        told = terraform.run("apply", "-auto-approve", "-input=false", f"-var=stage={stage}")
        assert f"stage {stage}, copied in {stage}, as ubuntu and root" in told, told
        terraform.run("plan", "-detailed-exitcode", "-input=false", f"-var=stage={stage}")
    terraform.run("destroy", "-auto-approve", "-input=false")
print("the provisioners ran")
