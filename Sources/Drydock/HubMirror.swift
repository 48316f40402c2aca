public import HTTPTypes
import SimulatedDocker
import SimulatorCore

extension Simulator {
    /// Returns a request to a mirror of the simulated Docker Hub as a request to the Hub itself.
    /// - Returns: nil if the request isn't a pull of a public image.
    public func hubRequest(mirroring request: HTTPRequest) throws -> HTTPRequest? {
        try doors.lazy.compactMap { $0 as? DockerHub }.first?.mirrored(request, self)
    }
}
