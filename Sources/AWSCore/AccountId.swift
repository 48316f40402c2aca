extension StringProtocol {
    /// Whether the text has the form of an AWS account id: twelve digits.
    public var isAccountId: Bool { utf8.count == 12 && utf8.allSatisfy { (48...57).contains($0) } }
}
