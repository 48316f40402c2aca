public import AWSCore
import EC2API
import SimulatorCore

/// Public images that `drydock serve --images` and `--any-image` add to the catalogue, in every region.
public struct AddedImages: Sendable {
    public static let none = AddedImages()

    let images: [PublicImage]
    /// Whether every well-formed id refers to an image.
    let takesAnyId: Bool
    private let places: [String: Int]

    public init() {
        images = []
        takesAnyId = false
        places = [:]
    }

    /// - Parameters:
    ///   - pairs: ids and image names: a name in the catalogue, or a pattern with `*`, which takes its newest match.
    ///   - documents: JSON in the form that `aws ec2 describe-images` prints.
    /// - Throws: ``AddedImageError``, which reports the image and the problem.
    public init(
        _ pairs: [(id: String, name: String)] = [], documents: [Node] = [], takesAnyId: Bool = false
    ) throws(AddedImageError) {
        var images: [PublicImage] = []
        for (id, name) in pairs {
            guard ResourceKind.image.isWellFormed(id) else { throw AddedImageError("'\(id)' is no image id") }
            guard let like = PublicImage.all.last(where: { Wildcard.matches($0.name, name) }) else {
                throw AddedImageError("no public image is called '\(name)'; a file can describe others")
            }
            var image = like
            image.ownId = id
            images.append(image)
        }
        for document in documents {
            guard let elements = document.elements ?? document["Images"]?.elements else {
                throw AddedImageError("expected a list of images, or an object with 'Images'")
            }
            for element in elements { images.append(try PublicImage(described: element)) }
        }
        self.images = images
        self.takesAnyId = takesAnyId
        places = Dictionary(images.indices.map { (images[$0].ownId ?? "", $0) }, uniquingKeysWith: { $1 })
    }

    func find(_ id: String) -> PublicImage? { places[id].map { images[$0] } }

    /// Returns the image that stands for an unknown id; nil unless every well-formed id refers to an image.
    func standIn(_ id: String) -> PublicImage? {
        guard takesAnyId, ResourceKind.image.isWellFormed(id) else { return nil }
        let series = PublicImage.Series(
            owner: "137112412989", alias: "amazon", rootDeviceName: "/dev/xvda", size: 8, volumeType: "gp3", user: "ec2-user")
        return PublicImage(
            series: series, group: "", name: id, description: "", architecture: "x86_64",
            createdAt: Instant(year: 2023, month: 1, day: 1) ?? Instant(milliseconds: 0), ownId: id, isUnknown: true)
    }
}

/// An error in the description of an added image.
public struct AddedImageError: Error, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}

extension Context {
    /// The images that were added to this simulator.
    var addedImages: AddedImages {
        for service in simulator.services { if let ec2 = service as? EC2Simulation { return ec2.addedImages } }
        return .none
    }
}

extension PublicImage {
    /// Reads an image in the form of DescribeImages. Absent fields get the values that most Linux images have.
    fileprivate init(described node: Node) throws(AddedImageError) {
        let image = Image(from: ShapeReader(node, schema: Image.schema, layout: .model))
        guard let id = image.imageId, ResourceKind.image.isWellFormed(id) else {
            throw AddedImageError("an image needs an 'ImageId' such as ami-0123456789abcdef0")
        }
        let root = image.blockDeviceMappings?.first { $0.ebs != nil }
        let details = image.platformDetails ?? (image.platform == nil ? "Linux/UNIX" : "Windows")
        var series = Series(
            owner: image.ownerId ?? "137112412989", alias: image.imageOwnerAlias,
            rootDeviceName: image.rootDeviceName ?? root?.deviceName ?? "/dev/xvda", size: root?.ebs?.volumeSize ?? 8,
            volumeType: root?.ebs?.volumeType?.rawValue ?? "gp3")
        let known: [Platform] = [
            .linux, .rhel, .suse, .ubuntuPro, .windows, .windowsWeb, .windowsStandard, .windowsEnterprise,
        ]
        guard let platform = known.first(where: { $0.details == details }) else {
            throw AddedImageError("'\(id)' has unknown platform details, '\(details)'")
        }
        series.platform = platform
        series.user = series.isWindows ? nil : "ec2-user"
        series.rootDeviceType = image.rootDeviceType?.rawValue ?? "ebs"
        series.virtualization = image.virtualizationType?.rawValue ?? "hvm"
        series.bootMode = (image.bootMode?.rawValue, image.bootMode?.rawValue ?? "uefi")
        series.imdsSupport = image.imdsSupport?.rawValue
        series.tpmSupport = image.tpmSupport?.rawValue
        series.ephemeral = image.blockDeviceMappings?.filter { $0.virtualName != nil }.compactMap(\.deviceName) ?? []
        let day = Instant(year: 2023, month: 1, day: 1) ?? Instant(milliseconds: 0)
        self.init(
            series: series, group: id, name: image.name ?? id, description: image.description ?? "",
            architecture: image.architecture?.rawValue ?? "x86_64",
            createdAt: image.creationDate.flatMap { Instant(parsing: $0) } ?? day, ownId: id)
    }
}
