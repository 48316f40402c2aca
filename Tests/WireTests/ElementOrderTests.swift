import AWSCore
import EC2API
import HTTPTypes
import Testing

/// EC2 writes a shape's elements in a fixed order that its model does not contain. Drydock writes the same order, for programs
/// that search the text or stream the document. `tools/element-orders` collects the orders from recordings.
@Suite(.enabled(if: Recorded.has("manageiq-vcr"), "manageiq-vcr is not among the recorded data")) struct ElementOrders {
    private struct Pair: Hashable {
        let path, first, second: String
        var reversed: Pair { Pair(path: path, first: second, second: first) }
    }

    /// Returns which elements come before which others, by path.
    private func pairs(_ node: Node, _ path: String = "") -> Set<Pair> {
        guard let fields = node.fields else { return [] }
        var found: Set<Pair> = [], seen: [String] = []
        for field in fields {
            if !seen.contains(field.name) {
                for earlier in seen { found.insert(Pair(path: path, first: earlier, second: field.name)) }
                seen.append(field.name)
            }
            found.formUnion(pairs(field.value, path.isEmpty ? field.name : "\(path).\(field.name)"))
        }
        return found
    }

    /// Reads AWS's responses and writes them again.
    /// - Returns: the number of compared orders.
    private func compared<I: Shape, O: Shape>(_ operation: Operation<I, O>) throws -> Int {
        var count = 0
        for file in Recorded.files("manageiq-vcr/ec2") where file.hasSuffix("-\(operation.name).json") {
            let text = try #require(try JSON.parse(Recorded.bytes(file))["response"]?["body"]?.string)
            let body = Bytes(text.utf8)
            let output = try EC2.model.output(operation, HTTPResponse(status: .ok), body)
            let (_, written) = EC2.model.response(
                operation.name, output, outputSchema: O.schema, resultWrapper: nil, requestId: "id-1")
            let theirs = pairs(try XML.parse(body).content), ours = pairs(try XML.parse(written).content)
            for pair in theirs where ours.contains(pair) || ours.contains(pair.reversed) {
                count += 1
                // AWS itself may use both orders.
                #expect(
                    ours.contains(pair) || theirs.contains(pair.reversed),
                    "\(operation.name) \(pair.path): AWS has \(pair.first) before \(pair.second)")
            }
        }
        return count
    }

    @Test func responseElementsKeepRecordedOrder() throws {
        #expect(try compared(EC2.Operations.describeInstances) > 100)
        #expect(try compared(EC2.Operations.describeImages) > 100)
        #expect(try compared(EC2.Operations.describeNetworkInterfaces) > 100)
        #expect(try compared(EC2.Operations.describeSubnets) > 50)
        #expect(try compared(EC2.Operations.describeVolumes) > 20)
        #expect(try compared(EC2.Operations.describeVpcs) > 20)
        #expect(try compared(EC2.Operations.describeSecurityGroups) > 20)
        #expect(try compared(EC2.Operations.describeRouteTables) > 20)
        #expect(try compared(EC2.Operations.describeSnapshots) > 20)
        #expect(try compared(EC2.Operations.describeAddresses) > 10)
        #expect(try compared(EC2.Operations.describeAvailabilityZones) > 10)
        #expect(try compared(EC2.Operations.describeKeyPairs) > 2)
    }

    /// Requests keep the model's order; element orders apply only to responses.
    @Test func requestParametersKeepModelOrder() {
        let (_, body) = EC2.model.request(
            "RunInstances",
            RunInstancesRequest(
                blockDeviceMappings: [
                    BlockDeviceMapping(
                        ebs: EbsBlockDevice(deleteOnTermination: true, snapshotId: "snap-1", volumeSize: 8),
                        deviceName: "/dev/sda1")
                ], maxCount: 1, minCount: 1), endpoint: Endpoint(authority: "example.com"))
        let text = String(decoding: body, as: UTF8.self)
        #expect(text.contains("Ebs.DeleteOnTermination=true&"))
        #expect(
            (text.firstRange(of: ".Ebs.")?.lowerBound ?? text.endIndex)
                < (text.firstRange(of: ".DeviceName")?.lowerBound ?? text.startIndex))
    }
}
