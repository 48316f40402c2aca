"""Sets the EBS settings of an account in a Drydock for EarlierStates: python3 make_settings.py ENDPOINT. Afterwards checkpoint and
vacuum the state file and compress it with gzip -9n."""
import boto3, sys
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def ec2(region):
    return boto3.client("ec2", endpoint_url=sys.argv[1], region_name=region, aws_access_key_id="test", aws_secret_access_key="test")


here = ec2("us-east-1")
here.enable_ebs_encryption_by_default()
here.modify_ebs_default_kms_key_id(KmsKeyId=KEY)
here.enable_snapshot_block_public_access(State="block-new-sharing")
ec2("eu-central-1").enable_snapshot_block_public_access(State="block-all-sharing")
# These are documents already.
here.enable_serial_console_access()
