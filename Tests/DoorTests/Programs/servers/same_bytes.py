"""The same seed and requests give byte-identical responses, in this process and in another."""

import sys

from served import Served

program = sys.argv[1]


def bodies(seed):
    served = Served(program, "--seed", seed, "--clock", "manual", "--transitions", "instant", "--registry-host", "aws")
    seen = []

    def note(http_response, **_):
        seen.append(http_response.content)

    try:
        for service, calls in {
            "ec2": [
                ("describe_vpcs", {}), ("describe_subnets", {}), ("describe_security_groups", {}),
                ("create_security_group", {"GroupName": "web", "Description": "ports"}), ("allocate_address", {}),
                ("create_key_pair", {"KeyName": "universal"}), ("describe_key_pairs", {}),
            ],
            "ecr": [
                ("create_repository", {"repositoryName": "one"}), ("describe_repositories", {}), ("get_authorization_token", {}),
            ],
            "iam": [("create_user", {"UserName": "Worker"}), ("create_access_key", {"UserName": "Worker"})],
            "sts": [("get_caller_identity", {})],
        }.items():
            client = served.client(service)
            client.meta.events.register("after-call", note)
            for method, arguments in calls:
                getattr(client, method)(**arguments)
    finally:
        served.kill()
    return seen


first, second, other = bodies("7"), bodies("7"), bodies("8")
assert len(first) > 12
for index, (a, b) in enumerate(zip(first, second)):
    assert a == b, f"answer {index} differs:\n{a}\n{b}"
assert first != other, "another seed gave the same ids"
