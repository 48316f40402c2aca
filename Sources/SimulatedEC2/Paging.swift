import AWSCore
import SimulatorCore

/// Pages of EC2's Describe operations: 5 to 1000 items, and never together with ids.
struct Paging {
    let maximum: Int?
    let token: String?

    /// - Parameters:
    ///   - ids: what the request asked for by id, and the wire name of that parameter (`vpcIds`).
    ///   - range: the page sizes that the operation takes.
    init(
        _ maximum: Int?, _ token: String?, ids: [String]? = nil, named parameter: String = "",
        range: ClosedRange<Int> = 5...1000
    ) throws {
        self.token = token
        self.maximum = maximum.map { min($0, range.upperBound) }
        guard let maximum else { return }
        if let ids, !ids.isEmpty {
            throw AWSError(
                "InvalidParameterCombination",
                "The parameter \(parameter) cannot be used with the parameter maxResults")
        }
        guard maximum >= range.lowerBound else { throw AWSError.maxResultsTooSmall(maximum, minimum: range.lowerBound) }
        guard maximum <= range.upperBound else { throw AWSError.maxResultsTooLarge(maximum, maximum: range.upperBound) }
    }

    /// Whether everything is asked for, and at once.
    var isWhole: Bool { maximum == nil && token == nil }

    func page<Element>(_ all: [Element]) throws -> Page<Element> {
        try Pagination.page(all, maximum: maximum, token: token, invalidToken: .invalidNextToken(token ?? ""))
    }
}

extension AWSError {
    static func invalidNextToken(_ token: String) -> AWSError {
        AWSError("InvalidNextToken", "The token '\(token)' is invalid")
    }

    static func maxResultsTooSmall(_ value: Int, minimum: Int) -> AWSError {
        AWSError(
            "InvalidParameterValue",
            "Value ( \(value) ) for parameter maxResults is invalid. Expecting a value greater than or equal to \(minimum).")
    }

    static func maxResultsTooLarge(_ value: Int, maximum: Int) -> AWSError {
        AWSError(
            "InvalidParameterValue",
            "Value ( \(value) ) for parameter maxResults is invalid. Expecting a value less than or equal to \(maximum).")
    }
}
