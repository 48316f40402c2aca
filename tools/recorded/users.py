from calls import iam, refused, sts

sts.get_caller_identity()
iam.create_user(UserName="Worker", Tags=[{"Key": "Stage", "Value": "first"}])
refused(iam.create_user, UserName="Worker")
iam.get_user(UserName="Worker")
refused(iam.get_user, UserName="Nobody")
key = iam.create_access_key(UserName="Worker")["AccessKey"]["AccessKeyId"]
iam.list_access_keys(UserName="Worker")
iam.update_access_key(UserName="Worker", AccessKeyId=key, Status="Inactive")
iam.get_access_key_last_used(AccessKeyId=key)
iam.tag_user(UserName="Worker", Tags=[{"Key": "Owner", "Value": "me"}])
iam.list_user_tags(UserName="Worker")
iam.untag_user(UserName="Worker", TagKeys=["Owner"])
iam.list_users()
iam.delete_access_key(UserName="Worker", AccessKeyId=key)
iam.delete_user(UserName="Worker")
