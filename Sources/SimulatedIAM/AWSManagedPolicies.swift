// The common AWS managed policies for EC2, ECR and IAM, and those that tutorials attach. Names, ids and documents are AWS's;
// those of large policies that mostly concern other services are left out rather than shortened.
extension AWSManagedPolicy {
    static let all: [AWSManagedPolicy] = [
        AWSManagedPolicy(
            "AdministratorAccess", id: "ANPAIWMBCKSKIEE64ZLYK", version: 1, created: "2015-02-06T18:39:46Z",
            updated: "2015-02-06T18:39:46Z", "Provides full access to AWS services and resources.",
            #"""
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": "*",
                        "Resource": "*"
                    }
                ]
            }
            """#),
        AWSManagedPolicy(
            "AmazonEC2ContainerRegistryFullAccess", id: "ANPAIESRL7KD7IIVF6V4W", version: 2, created: "2015-12-21T17:06:48Z",
            updated: "2019-10-04T17:06:54Z", "Provides administrative access to Amazon ECR resources",
            #"""
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": [
                            "ecr:*",
                            "cloudtrail:LookupEvents"
                        ],
                        "Resource": "*"
                    },
                    {
                        "Effect": "Allow",
                        "Action": [
                            "iam:CreateServiceLinkedRole"
                        ],
                        "Resource": "*",
                        "Condition": {
                            "StringEquals": {
                                "iam:AWSServiceName": [
                                    "replication.ecr.amazonaws.com"
                                ]
                            }
                        }
                    }
                ]
            }
            """#),
        AWSManagedPolicy(
            "AmazonEC2ContainerRegistryPowerUser", id: "ANPAJDNE5PIHROIBGGDDW", version: 3, created: "2015-12-21T17:05:33Z",
            updated: "2019-12-10T20:48:22Z",
            "Provides full access to Amazon EC2 Container Registry repositories, but does not allow repository deletion or policy changes.",
            #"""
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": [
                            "ecr:GetAuthorizationToken",
                            "ecr:BatchCheckLayerAvailability",
                            "ecr:GetDownloadUrlForLayer",
                            "ecr:GetRepositoryPolicy",
                            "ecr:DescribeRepositories",
                            "ecr:ListImages",
                            "ecr:DescribeImages",
                            "ecr:BatchGetImage",
                            "ecr:GetLifecyclePolicy",
                            "ecr:GetLifecyclePolicyPreview",
                            "ecr:ListTagsForResource",
                            "ecr:DescribeImageScanFindings",
                            "ecr:InitiateLayerUpload",
                            "ecr:UploadLayerPart",
                            "ecr:CompleteLayerUpload",
                            "ecr:PutImage"
                        ],
                        "Resource": "*"
                    }
                ]
            }
            """#),
        AWSManagedPolicy(
            "AmazonEC2ContainerRegistryPullOnly", id: "ANPAZKAPJZG4O2CDVZTHL", version: 1, created: "2024-10-10T17:58:41Z",
            updated: "2024-10-10T17:58:41Z", "Provides pull only access to Amazon EC2 Container Registry repositories.",
            #"""
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": [
                            "ecr:GetAuthorizationToken",
                            "ecr:BatchImportUpstreamImage",
                            "ecr:GetDownloadUrlForLayer",
                            "ecr:BatchGetImage"
                        ],
                        "Resource": "*"
                    }
                ]
            }
            """#),
        AWSManagedPolicy(
            "AmazonEC2ContainerRegistryReadOnly", id: "ANPAIFYZPA37OOHVIH7KQ", version: 3, created: "2015-12-21T17:04:15Z",
            updated: "2019-12-10T20:56:22Z", "Provides read-only access to Amazon EC2 Container Registry repositories.",
            #"""
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": [
                            "ecr:GetAuthorizationToken",
                            "ecr:BatchCheckLayerAvailability",
                            "ecr:GetDownloadUrlForLayer",
                            "ecr:GetRepositoryPolicy",
                            "ecr:DescribeRepositories",
                            "ecr:ListImages",
                            "ecr:DescribeImages",
                            "ecr:BatchGetImage",
                            "ecr:GetLifecyclePolicy",
                            "ecr:GetLifecyclePolicyPreview",
                            "ecr:ListTagsForResource",
                            "ecr:DescribeImageScanFindings"
                        ],
                        "Resource": "*"
                    }
                ]
            }
            """#),
        AWSManagedPolicy(
            "AmazonEC2FullAccess", id: "ANPAI3VAJF5ZCRZ7MCQE6", version: 5, created: "2015-02-06T18:40:15Z",
            updated: "2018-11-27T02:16:56Z", "Provides full access to Amazon EC2 via the AWS Management Console.",
            #"""
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Action": "ec2:*",
                        "Effect": "Allow",
                        "Resource": "*"
                    },
                    {
                        "Effect": "Allow",
                        "Action": "elasticloadbalancing:*",
                        "Resource": "*"
                    },
                    {
                        "Effect": "Allow",
                        "Action": "cloudwatch:*",
                        "Resource": "*"
                    },
                    {
                        "Effect": "Allow",
                        "Action": "autoscaling:*",
                        "Resource": "*"
                    },
                    {
                        "Effect": "Allow",
                        "Action": "iam:CreateServiceLinkedRole",
                        "Resource": "*",
                        "Condition": {
                            "StringEquals": {
                                "iam:AWSServiceName": [
                                    "autoscaling.amazonaws.com",
                                    "ec2scheduled.amazonaws.com",
                                    "elasticloadbalancing.amazonaws.com",
                                    "spot.amazonaws.com",
                                    "spotfleet.amazonaws.com",
                                    "transitgateway.amazonaws.com"
                                ]
                            }
                        }
                    }
                ]
            }
            """#),
        AWSManagedPolicy(
            "AmazonEC2ReadOnlyAccess", id: "ANPAIGDT4SV4GSETWTBZK", version: 2, created: "2015-02-06T18:40:17Z",
            updated: "2024-02-14T18:43:18Z", "Provides read only access to Amazon EC2 via the AWS Management Console.",
            #"""
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": [
                            "ec2:Describe*",
                            "ec2:GetSecurityGroupsForVpc"
                        ],
                        "Resource": "*"
                    },
                    {
                        "Effect": "Allow",
                        "Action": "elasticloadbalancing:Describe*",
                        "Resource": "*"
                    },
                    {
                        "Effect": "Allow",
                        "Action": [
                            "cloudwatch:ListMetrics",
                            "cloudwatch:GetMetricStatistics",
                            "cloudwatch:Describe*"
                        ],
                        "Resource": "*"
                    },
                    {
                        "Effect": "Allow",
                        "Action": "autoscaling:Describe*",
                        "Resource": "*"
                    }
                ]
            }
            """#),
        AWSManagedPolicy(
            "AmazonS3ReadOnlyAccess", id: "ANPAIZTJ4DXE7G6AGAE6M", version: 3, created: "2015-02-06T18:40:59Z",
            updated: "2023-08-10T21:31:39Z", "Provides read only access to all buckets via the AWS Management Console.",
            #"""
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": [
                            "s3:Get*",
                            "s3:List*",
                            "s3:Describe*",
                            "s3-object-lambda:Get*",
                            "s3-object-lambda:List*"
                        ],
                        "Resource": "*"
                    }
                ]
            }
            """#),
        AWSManagedPolicy(
            "AmazonSSMManagedInstanceCore", id: "ANPAIXSHM2BNB2D3AXXRU", version: 2, created: "2019-03-15T17:22:12Z",
            updated: "2019-05-23T16:54:21Z",
            "The policy for Amazon EC2 Role to enable AWS Systems Manager service core functionality.",
            #"""
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": [
                            "ssm:DescribeAssociation",
                            "ssm:GetDeployablePatchSnapshotForInstance",
                            "ssm:GetDocument",
                            "ssm:DescribeDocument",
                            "ssm:GetManifest",
                            "ssm:GetParameter",
                            "ssm:GetParameters",
                            "ssm:ListAssociations",
                            "ssm:ListInstanceAssociations",
                            "ssm:PutInventory",
                            "ssm:PutComplianceItems",
                            "ssm:PutConfigurePackageResult",
                            "ssm:UpdateAssociationStatus",
                            "ssm:UpdateInstanceAssociationStatus",
                            "ssm:UpdateInstanceInformation"
                        ],
                        "Resource": "*"
                    },
                    {
                        "Effect": "Allow",
                        "Action": [
                            "ssmmessages:CreateControlChannel",
                            "ssmmessages:CreateDataChannel",
                            "ssmmessages:OpenControlChannel",
                            "ssmmessages:OpenDataChannel"
                        ],
                        "Resource": "*"
                    },
                    {
                        "Effect": "Allow",
                        "Action": [
                            "ec2messages:AcknowledgeMessage",
                            "ec2messages:DeleteMessage",
                            "ec2messages:FailMessage",
                            "ec2messages:GetEndpoint",
                            "ec2messages:GetMessages",
                            "ec2messages:SendReply"
                        ],
                        "Resource": "*"
                    }
                ]
            }
            """#),
        AWSManagedPolicy(
            "IAMFullAccess", id: "ANPAI7XKCFMBPM3QQRRVQ", version: 2, created: "2015-02-06T18:40:38Z",
            updated: "2019-06-21T19:40:00Z", "Provides full access to IAM via the AWS Management Console.",
            #"""
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": [
                            "iam:*",
                            "organizations:DescribeAccount",
                            "organizations:DescribeOrganization",
                            "organizations:DescribeOrganizationalUnit",
                            "organizations:DescribePolicy",
                            "organizations:ListChildren",
                            "organizations:ListParents",
                            "organizations:ListPoliciesForTarget",
                            "organizations:ListRoots",
                            "organizations:ListPolicies",
                            "organizations:ListTargetsForPolicy"
                        ],
                        "Resource": "*"
                    }
                ]
            }
            """#),
        AWSManagedPolicy(
            "IAMReadOnlyAccess", id: "ANPAJKSO7NDY4T57MWDSQ", version: 4, created: "2015-02-06T18:40:39Z",
            updated: "2018-01-25T19:11:27Z", "Provides read only access to IAM via the AWS Management Console.",
            #"""
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": [
                            "iam:GenerateCredentialReport",
                            "iam:GenerateServiceLastAccessedDetails",
                            "iam:Get*",
                            "iam:List*",
                            "iam:SimulateCustomPolicy",
                            "iam:SimulatePrincipalPolicy"
                        ],
                        "Resource": "*"
                    }
                ]
            }
            """#),
        AWSManagedPolicy(
            "IAMUserChangePassword", id: "ANPAJ4L4MM2A7QIEB56MS", version: 2, created: "2016-11-15T00:25:16Z",
            updated: "2016-11-15T23:18:55Z", "Provides the ability for an IAM user to change their own password.",
            #"""
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": [
                            "iam:ChangePassword"
                        ],
                        "Resource": [
                            "arn:aws:iam::*:user/${aws:username}"
                        ]
                    },
                    {
                        "Effect": "Allow",
                        "Action": [
                            "iam:GetAccountPasswordPolicy"
                        ],
                        "Resource": "*"
                    }
                ]
            }
            """#),
        AWSManagedPolicy(
            "PowerUserAccess", id: "ANPAJYRXTHIB4FOVS3ZXS", version: 5, created: "2015-02-06T18:39:47Z",
            updated: "2023-07-06T22:04:00Z",
            "Provides full access to AWS services and resources, but does not allow management of Users and groups.",
            #"""
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "NotAction": [
                            "iam:*",
                            "organizations:*",
                            "account:*"
                        ],
                        "Resource": "*"
                    },
                    {
                        "Effect": "Allow",
                        "Action": [
                            "account:GetAccountInformation",
                            "account:GetPrimaryEmail",
                            "account:ListRegions",
                            "iam:CreateServiceLinkedRole",
                            "iam:DeleteServiceLinkedRole",
                            "iam:ListRoles",
                            "organizations:DescribeOrganization"
                        ],
                        "Resource": "*"
                    }
                ]
            }
            """#),
    ]
}
