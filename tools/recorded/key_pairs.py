import base64
import struct

from calls import ec2, refused, tagged

ec2.create_key_pair(KeyName="made", KeyType="ed25519", TagSpecifications=tagged("key-pair"))
ec2.describe_key_pairs(Filters=[{"Name": "tag:Name", "Values": ["course"]}])
key = struct.pack(">I11sI32s", 11, b"ssh-ed25519", 32, bytes(range(32)))
ec2.import_key_pair(KeyName="brought", PublicKeyMaterial=b"ssh-ed25519 " + base64.b64encode(key) + b" somebody")
refused(ec2.import_key_pair, KeyName="brought", PublicKeyMaterial=b"ssh-ed25519 " + base64.b64encode(key))
refused(ec2.create_key_pair, KeyName="made")
refused(ec2.describe_key_pairs, KeyNames=["none"])
ec2.describe_key_pairs()
ec2.delete_key_pair(KeyName="made")
ec2.delete_key_pair(KeyName="brought")
ec2.delete_key_pair(KeyName="none")
