import AWSCore
import EC2API
import SimulatorCore
import Synchronization

/// An image that an account may launch: its own, one shared with it or with everybody, or one of AWS's.
struct VisibleImage: Sendable {
    let owner: String
    /// The image's position in lists: own and shared images by age, then AWS's.
    let number: Int64
    /// Has neither tags nor fields that depend on the time.
    var shape: Image
    var deprecatedAt: Instant?
    /// Whether it is in the catalogue or was added to it.
    var isOfCatalogue = false
    /// Whether it stands for an id that is well-formed but otherwise unknown.
    var isUnknown = false
    /// The region of an image in the catalogue.
    var region: String?
    var id: String { shape.imageId ?? "" }

    func isOwn(_ context: Context) -> Bool { owner == context.account }

    func isOwned(by name: String, _ context: Context) -> Bool {
        switch name {
        case "self": owner == context.account
        case "amazon", "aws-marketplace", "aws-backup-vault": shape.imageOwnerAlias == name
        default: owner == name
        }
    }

    /// Returns whether DescribeImages lists it only with `IncludeDeprecated`, or by its id.
    func isDeprecated(_ context: Context) -> Bool { deprecatedAt.map { $0 <= context.now } ?? false }
}

// MARK: Finding

extension VisibleImage {
    /// Returns every image that the account can see.
    static func all(_ context: Context) throws -> [VisibleImage] {
        try own(context) + received(context) + AmazonImages.of(context.region).all + added(context)
    }

    static func find(_ id: String, _ context: Context) throws -> VisibleImage? {
        if let added = context.addedImages.find(id) { return VisibleImage(added, context.region, number: .max) }
        if let amazon = AmazonImages.of(context.region)[id] { return amazon }
        if let own = try Resource.ownImage.find(id, context) {
            let isPublic = try Grants.of(id, context).contains(Grants.everybody)
            return VisibleImage(own, owner: context.account, isPublic: isPublic)
        }
        if let received = try received(context).first(where: { $0.id == id }) { return received }
        return context.addedImages.standIn(id).map { VisibleImage($0, context.region, number: .max) }
    }

    /// Returns the added images, which are listed last.
    private static func added(_ context: Context) -> [VisibleImage] {
        let images = context.addedImages.images
        return images.enumerated().map { index, image in
            VisibleImage(image, context.region, number: Int64.max - Int64(images.count - index))
        }
    }

    /// Creates the image of the catalogue in a region.
    init(_ image: PublicImage, _ region: String, number: Int64) {
        self.init(
            owner: image.series.owner, number: number, shape: image.shape(region: region),
            deprecatedAt: image.isNewest || image.ownId != nil ? nil : image.deprecationTime, isOfCatalogue: true,
            isUnknown: image.isUnknown, region: region)
    }

    /// Returns the image with an id.
    /// - Throws: AWS's errors for an id that is malformed or unknown, or whose image isn't shared with the account.
    static func get(_ id: String, _ context: Context) throws -> VisibleImage {
        try ResourceKind.image.check(id)
        if let found = try find(id, context) { return found }
        if try DeregisteredImages.contains(id, context) { throw AWSError.imageUnavailable(id, "deregistered") }
        throw try ResourceRow.existsAnywhere(Resource.ownImage.kind, id, context)
            ? AWSError.notAuthorized(forImage: id) : AWSError.imagesNotFound([id])
    }

    /// Returns the image for a launch.
    /// - Throws: the errors of ``get(_:_:)``, `InvalidAMIID.Unavailable` for an image that cannot be launched, and an error for
    ///   an image that the account's Allowed AMIs settings exclude.
    static func launchable(_ id: String, _ context: Context) throws -> VisibleImage {
        let image = try get(id, context)
        guard image.shape.state == .available else {
            throw AWSError.imageUnavailable(id, image.shape.state?.rawValue ?? "")
        }
        try AllowedImages.current(context).refuseLaunch(of: image, context)
        return image
    }

    private static func own(_ context: Context) throws -> [VisibleImage] {
        let images = try Resource.ownImage.all(context)
        if images.isEmpty { return [] }
        let everybodys = try Grants.own("ami", sharedWith: Grants.everybody, context)
        return images.map {
            VisibleImage($0, owner: context.account, isPublic: everybodys.contains($0.shape.imageId ?? ""))
        }
    }

    private static func received(_ context: Context) throws -> [VisibleImage] {
        try Grants.received("ami", context).compactMap { owner, id, isPublic in
            try Resource.ownImage.find(id, context.within(account: owner)).map {
                VisibleImage($0, owner: owner, isPublic: isPublic)
            }
        }.sorted { $0.number < $1.number }
    }

    /// Returns the images for which the users have explicit launch permission. Users are everybody (`all`), the caller (`self`),
    /// or an account that an own image is shared with.
    static func executable(by users: [String], of images: [VisibleImage], _ context: Context) throws -> [VisibleImage] {
        var shared: Set<String> = []
        for user in users where user != "all" {
            let account = user == "self" ? context.account : user
            if account == context.account {
                shared.formUnion(try Grants.received("ami", context).filter { !$0.isPublic }.map(\.resource))
            }
            shared.formUnion(try Grants.own("ami", sharedWith: account, context))
        }
        let isAll = users.contains("all")
        return images.filter { shared.contains($0.id) || isAll && $0.shape.public == true }
    }
}

/// AWS's images of a region in the form of DescribeImages, created once.
final class AmazonImages: Sendable {
    let all: [VisibleImage]
    private let places: [String: Int]

    subscript(id: String) -> VisibleImage? { places[id].map { all[$0] } }

    private static let regions = Mutex<[String: AmazonImages]>([:])

    static func of(_ region: String) -> AmazonImages {
        regions.withLock { regions in
            if let known = regions[region] { return known }
            let made = AmazonImages(region)
            regions[region] = made
            return made
        }
    }

    private init(_ region: String) {
        let images = PublicImage.all
        all = images.enumerated().map { index, image in
            // Leaves room for the added images.
            VisibleImage(image, region, number: Int64.max - 1_000_000 - Int64(images.count - index))
        }
        places = Dictionary(all.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    }
}

extension VisibleImage {
    fileprivate init(_ stored: Stored<Image>, owner: String, isPublic: Bool) {
        var shape = stored.shape
        shape.`public` = isPublic
        self.init(
            owner: owner, number: stored.number, shape: shape,
            deprecatedAt: shape.deprecationTime.flatMap { Instant(parsing: $0) })
    }
}

// MARK: Launching

extension VisibleImage {
    /// Returns a snapshot of the image's mappings. Permission to launch the image is enough; the snapshot needs none of its own.
    func source(_ snapshot: String, _ context: Context) throws -> SnapshotSource? {
        guard shape.snapshots.contains(snapshot) else { return nil }
        if isOfCatalogue {
            let size = shape.blockDeviceMappings?.first { $0.ebs?.snapshotId == snapshot }?.ebs?.volumeSize ?? 1
            return SnapshotSource(id: snapshot, size: size, encryption: .none, isOwn: false)
        }
        let source = try SnapshotSource(snapshot, context.within(account: owner))
        return SnapshotSource(id: source.id, size: source.size, encryption: source.encryption, isOwn: isOwn(context))
    }

    /// Records the time of the last launch from an own image.
    func noteLaunch(_ context: Context) throws {
        guard isOwn(context), var stored = try Resource.ownImage.find(id, context) else { return }
        stored.shape.lastLaunchedTime = context.now.iso8601(milliseconds: true)
        try Resource.ownImage.write(stored, context)
    }
}
