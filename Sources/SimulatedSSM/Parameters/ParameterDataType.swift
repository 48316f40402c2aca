import AWSCore
import Foundation
import SimulatorCore

// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-data-types.html

/// The data types that a parameter's value is checked against.
enum ParameterDataType {
    static let image = "aws:ec2:image"

    private static let all: Set = [
        "text", image, "aws:ssm:integration", "aws:region", "aws:account:id", "boolean", "integer", "float", "binary",
        "hostname",
        "email", "ipv4-address", "ipv6-address", "url", "json", "jsonc",
    ]

    /// - Throws: `ValidationException`. Its messages are assumed, except the one for unknown types.
    static func check(_ value: String, _ dataType: String, type: String, _ context: Context) throws {
        guard all.contains(dataType) else {
            throw AWSError.validation(
                "The following data type is not supported: \(dataType) (Data type names are all lowercase.)")
        }
        if dataType == image, type != "String" {
            throw AWSError.validation("The data type \(dataType) is supported for parameters of type String only.")
        }
        guard fits(value, dataType) else {
            throw AWSError.validation("The parameter value is not valid for the data type \(dataType).")
        }
    }

    private static func fits(_ value: String, _ dataType: String) -> Bool {
        switch dataType {
        case image: return matches(value, "ami-([0-9a-f]{8}|[0-9a-f]{17})")
        case "aws:region": return RegionName.isWellFormed(value)
        case "aws:account:id": return matches(value, "[0-9]{12}")
        case "boolean": return ["true", "false"].contains(value.lowercased())
        case "integer": return matches(value, "[-+]?[0-9]+")
        case "float": return Double(value)?.isFinite == true
        case "binary": return Base64.decode(value) != nil
        case "hostname":
            return value.utf8.count <= 253
                && value.split(separator: ".", omittingEmptySubsequences: false).allSatisfy {
                    $0.utf8.count <= 63 && matches(String($0), "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?")
                }
        case "email": return matches(value, "[^@ ]+@[^@ .]+([.][^@ .]+)+")
        case "ipv4-address": return isAddress(value, AF_INET)
        case "ipv6-address": return isAddress(value, AF_INET6)
        case "url":
            guard let url = URLComponents(string: value) else { return false }
            return url.scheme?.isEmpty == false && url.host?.isEmpty == false
        case "json": return (try? JSON.parse(Bytes(value.utf8))) != nil
        case "jsonc": return (try? JSON.parse(withoutComments(Bytes(value.utf8)))) != nil
        default: return true
        }
    }

    private static func matches(_ value: String, _ pattern: String) -> Bool { AllowedPattern(pattern)?.matches(value) == true }

    private static func isAddress(_ value: String, _ family: Int32) -> Bool {
        var address = in6_addr()
        return inet_pton(family, value, &address) == 1
    }

    /// Returns JSON without comments (`//` and `/* */`) outside of strings.
    private static func withoutComments(_ bytes: Bytes) -> Bytes {
        var result = Bytes(), index = 0, isText = false
        while index < bytes.count {
            let byte = bytes[index], next = index + 1 < bytes.count ? bytes[index + 1] : 0
            if isText {
                if byte == 92 { result.append(byte); index += 1 }
                if byte == 34 { isText = false }
            } else if byte == 34 {
                isText = true
            } else if byte == 47, next == 47 {
                while index < bytes.count, bytes[index] != 10 { index += 1 }
                continue
            } else if byte == 47, next == 42 {
                index += 2
                while index + 1 < bytes.count, bytes[index] != 42 || bytes[index + 1] != 47 { index += 1 }
                index += 2
                continue
            }
            if index < bytes.count { result.append(bytes[index]) }
            index += 1
        }
        return result
    }
}
