import AWSCore
import EC2API
import SimulatorCore

/// Deregistered images, which AWS remembers. For their ids DescribeImages returns an empty list; an error only after a while,
/// when no instance of the image is left. Other operations distinguish them from images that never existed.
/// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeImages.html
enum DeregisteredImages {
    /// Assumed: how long an image is remembered if no instance uses it.
    private static let memory = Duration.hours(1)

    private static func note(of id: String) -> AccountDocument<Image> { AccountDocument("deregistered-image \(id)") }

    static func add(_ id: String, _ context: Context) throws {
        var image = Image()
        image.imageId = id
        image.deprecationTime = context.now.iso8601(milliseconds: true)
        try note(of: id).set(image, context)
    }

    static func contains(_ id: String, _ context: Context) throws -> Bool {
        guard let time = try note(of: id).get(context)?.deprecationTime, let since = Instant(parsing: time) else {
            return false
        }
        if context.now < since + memory { return true }
        return try InstanceRecord.exists(context, "AND image = ? AND phase != 'terminate'", [id])
    }
}
