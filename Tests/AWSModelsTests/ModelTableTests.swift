import AWSCore
import AWSModels
import EC2API
import ECRAPI
import IAMAPI
import SSMAPI
import STSAPI
import Testing

@Suite struct ModelTables {
    @Test(arguments: [("ec2", 830), ("ecr", 62), ("iam", 181), ("ssm", 154), ("sts", 12)])
    func modelTableHasEveryOperationAndShape(_ service: String, _ count: Int) throws {
        let table = try #require(ModelTable.named(service))
        #expect(table.operations.count == count)
        for operation in table.operations.values {
            for name in [operation.input, operation.output].compactMap({ $0 }) { #expect(table.shape(name).name == name) }
        }
    }

    @Test func modelTableMatchesGeneratedTypes() {
        for (table, names) in [
            (ModelTable.ec2, EC2.model), (.ecr, ECR.model), (.iam, IAM.model), (.ssm, SSM.model), (.sts, STS.model),
        ] as [(ModelTable, ServiceModel)] {
            #expect(Set(table.operations.keys) == names.operationNames)
            #expect(table.model.modelVersion == "botocore 1.44.8" && names.modelVersion == table.model.modelVersion)
            #expect(table.model.wire == names.wire && table.model.apiVersion == names.apiVersion)
            #expect(table.model.xmlNamespace == names.xmlNamespace && table.model.targetPrefix == names.targetPrefix)
            #expect(table.model.signingName == names.signingName && table.model.endpointPrefix == names.endpointPrefix)
        }
        for (schema, shape) in [
            (RunInstancesRequest.schema, ModelTable.ec2.shape("RunInstancesRequest")),
            (Instance.schema, ModelTable.ec2.shape("Instance")),
            (CreateRepositoryRequest.schema, ModelTable.ecr.shape("CreateRepositoryRequest")),
            (AssumeRoleResponse.schema, ModelTable.sts.shape("AssumeRoleResponse")),
        ] {
            #expect(shape.schema.members.map(\.name) == schema.members.map(\.name))
            #expect(shape.schema.members.map(\.wire) == schema.members.map(\.wire))
            #expect(shape.schema.members.map(\.query) == schema.members.map(\.query))
            #expect(shape.schema.members.map(\.kind) == schema.members.map(\.kind))
        }
    }

    @Test(arguments: ["DescribeVpcs", "describe-vpcs", "describe_vpcs", "describevpcs"])
    func operationLookupAcceptsCommonSpellings(_ spelling: String) {
        #expect(ModelTable.ec2.operation(spelling)?.name == "DescribeVpcs")
    }
}
