/// Ids and descriptions of a few policies, taken from AWS's API because the catalogue's source lacks them.
enum KnownPolicies {
    static let all: [String: (id: String, description: String)] = [
        "AdministratorAccess": (
            "ANPAIWMBCKSKIEE64ZLYK",
            "Provides full access to AWS services and resources."
        ),
        "AmazonEC2ContainerRegistryFullAccess": (
            "ANPAIESRL7KD7IIVF6V4W",
            "Provides administrative access to Amazon ECR resources"
        ),
        "AmazonEC2ContainerRegistryPowerUser": (
            "ANPAJDNE5PIHROIBGGDDW",
            "Provides full access to Amazon EC2 Container Registry repositories, but does not allow repository deletion or policy changes."
        ),
        "AmazonEC2ContainerRegistryPullOnly": (
            "ANPAZKAPJZG4O2CDVZTHL",
            "Provides pull only access to Amazon EC2 Container Registry repositories."
        ),
        "AmazonEC2ContainerRegistryReadOnly": (
            "ANPAIFYZPA37OOHVIH7KQ",
            "Provides read-only access to Amazon EC2 Container Registry repositories."
        ),
        "AmazonEC2FullAccess": (
            "ANPAI3VAJF5ZCRZ7MCQE6",
            "Provides full access to Amazon EC2 via the AWS Management Console."
        ),
        "AmazonEC2ReadOnlyAccess": (
            "ANPAIGDT4SV4GSETWTBZK",
            "Provides read only access to Amazon EC2 via the AWS Management Console."
        ),
        "AmazonS3ReadOnlyAccess": (
            "ANPAIZTJ4DXE7G6AGAE6M",
            "Provides read only access to all buckets via the AWS Management Console."
        ),
        "AmazonSSMManagedInstanceCore": (
            "ANPAIXSHM2BNB2D3AXXRU",
            "The policy for Amazon EC2 Role to enable AWS Systems Manager service core functionality."
        ),
        "IAMFullAccess": (
            "ANPAI7XKCFMBPM3QQRRVQ",
            "Provides full access to IAM via the AWS Management Console."
        ),
        "IAMReadOnlyAccess": (
            "ANPAJKSO7NDY4T57MWDSQ",
            "Provides read only access to IAM via the AWS Management Console."
        ),
        "IAMUserChangePassword": (
            "ANPAJ4L4MM2A7QIEB56MS",
            "Provides the ability for an IAM user to change their own password."
        ),
        "PowerUserAccess": (
            "ANPAJYRXTHIB4FOVS3ZXS",
            "Provides full access to AWS services and resources, but does not allow management of Users and groups."
        ),
    ]
}
