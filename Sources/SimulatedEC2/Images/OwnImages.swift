import AWSCore
import EC2API
import SimulatorCore

// Images that accounts create. AWS's own images are in the catalogue; ``VisibleImage`` covers both.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/AMIs.html

extension Resource where S == Image {
    static let ownImage = Resource(
        ResourceKind(
            "ami", type: "image", code: "InvalidAMIID", notFound: "The image id '[%]' does not exist", isPublic: true),
        id: \.imageId, tags: \.tags, showsNoTags: false,
        refers: [.toEach("snapshot") { $0.blockDeviceMappings?.compactMap(\.ebs?.snapshotId) ?? [] }],
        life: LifeCycle(
            show: { $0.state = ImageState($1) }, initial: "pending", deleting: nil,
            steps: [
                "pending": .init(after: Image.typicalTime, isFixed: false) { image, _ in
                    image.stateReason == nil ? "available" : "failed"
                }
            ],
            gone: [])
    ).owned(by: \.ownerId).named(by: \.name)
}

extension Image {
    /// How long AWS typically takes for an image with small snapshots: longer than for the snapshots.
    static let typicalTime = Duration.seconds(90)
    /// The due kind for the end of a protection cool-down.
    static let coolingDown = "image-deregistration-protection"

    /// Sets the initial values that all new images of an account share.
    mutating func begin(name: String, description: String?, _ context: Context) {
        self.name = name
        self.description = description.flatMap { $0.isEmpty ? nil : $0 }
        imageLocation = "\(context.account)/\(name)"
        imageType = .machine
        creationDate = context.now.iso8601(milliseconds: true)
        hypervisor = .xen
        rootDeviceType = .ebs
        virtualizationType = .hvm
        deregistrationProtection = "disabled"
    }

    /// - Throws: `InvalidAMIName.Malformed` and `InvalidAMIName.Duplicate`.
    static func check(name: String, _ context: Context) throws {
        let isValid =
            (3...128).contains(name.utf8.count)
            && name.utf8.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
                    || Array("()[] ./-'@_".utf8).contains($0)
            }
        guard isValid else { throw AWSError.malformedImageName }
        if let other = try Resource.ownImage.find(named: name, context)?.shape.imageId {
            throw AWSError("InvalidAMIName.Duplicate", "AMI name \(name) is already in use by AMI \(other)")
        }
    }

    static func check(description: String?) throws {
        guard (description ?? "").unicodeScalars.count <= 255 else {
            throw AWSError("InvalidParameterValue", "The description of an AMI can have up to 255 characters.")
        }
    }

    /// AWS returns the platform in lower case, unlike its model.
    static let windows = PlatformValues("windows")
    var isWindows: Bool { platform?.rawValue.lowercased() == "windows" }

    /// The snapshots in the image's mappings.
    var snapshots: [String] { blockDeviceMappings?.compactMap(\.ebs?.snapshotId) ?? [] }
}

extension Stored<Image> {
    /// Returns the caller's own image, for requests that change it.
    /// - Throws: the kind's errors for ids, `AuthFailure` for other owners' images.
    static func own(_ id: String, _ context: Context) throws -> Stored<Image> {
        guard !id.isEmpty else { throw AWSError.missingParameter("ImageId") }
        try ResourceKind.image.check(id)
        if let found = try Resource.ownImage.find(id, context) { return found }
        if try DeregisteredImages.contains(id, context) { throw AWSError.imageUnavailable(id, "deregistered") }
        let isOthers =
            try PublicImage.find(id: id, context) != nil
            || ResourceRow.existsAnywhere(Resource.ownImage.kind, id, context)
        throw isOthers ? AWSError.notOwner(of: id) : AWSError.imagesNotFound([id])
    }
}

extension AWSError {
    static let malformedImageName = AWSError(
        "InvalidAMIName.Malformed",
        "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', '.', '-', '/' and '_'"
    )

    static func notOwner(of image: String) -> AWSError {
        AWSError(
            "AuthFailure", "Not authorized for image:\(image)",
            explanation: "The image belongs to another account; only its owner may do this.")
    }

    static func notAuthorized(forImage id: String) -> AWSError {
        AWSError(
            "AuthFailure", "Not authorized for images: [\(id)]",
            explanation: "The image exists, belongs to another account, and is not shared with this one.")
    }

    static func imageUnavailable(_ id: String, _ state: String) -> AWSError {
        AWSError(
            "InvalidAMIID.Unavailable", "The image ID '\(id)' is no longer available",
            explanation: "The image is in the state '\(state)'.")
    }

    static func imagesNotFound(_ ids: [String]) -> AWSError {
        AWSError(
            "InvalidAMIID.NotFound",
            ids.count == 1
                ? "The image id '[\(ids[0])]' does not exist" : "The image ids '[\(ids.joined(separator: ", "))]' do not exist",
            explanation: """
                Ids of public images differ between regions, and are Drydock's own: look them up by owner and name. 'drydock serve \
                --images \(ids[0])=NAME' lets an id name one, '--any-image' lets every id.
                """)
    }
}
