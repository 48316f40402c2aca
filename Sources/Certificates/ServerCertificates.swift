import Foundation
import NIOCore
public import NIOSSL
import Synchronization

/// The certificates of a server with many names. Each is issued when a client first requests its name (SNI).
public final class ServerCertificates: Sendable {
    /// The TLS context for accepting connections.
    public let context: NIOSSLContext
    private let issuer: Issuer

    /// - Parameter addresses: addresses in the default certificate, for clients that send no name because they connect to an
    ///   address.
    /// - Throws: ``AuthorityError``, or an error of BoringSSL.
    public init(_ authority: CertificateAuthority, addresses: [String] = []) throws {
        let issuer = Issuer(authority)
        self.issuer = issuer
        var names = ["localhost", "127.0.0.1", "::1"]
        for address in addresses where !names.contains(address) { names.append(address) }
        let plain = try NIOSSLMaterial(authority.issue(for: names))
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: plain.chain, privateKey: plain.privateKey)
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        configuration.sslContextCallback = { values, promise in
            guard let name = values.serverHostname else { return promise.succeed(.noChanges) }
            promise.completeWith(Result { try issuer.override(for: name) })
        }
        context = try NIOSSLContext(configuration: configuration)
    }

    /// Caches certificates by name. Clients choose the names, so the number is limited; the oldest are dropped first.
    private final class Issuer: Sendable {
        private static let limit = 500
        private struct State {
            var made: [String: (material: NIOSSLMaterial, expiresAt: Date)] = [:]
            var order: [String] = []
        }
        private let authority: CertificateAuthority
        private let state = Mutex(State())

        init(_ authority: CertificateAuthority) { self.authority = authority }

        func override(for name: String) throws -> NIOSSLContextConfigurationOverride {
            let material = try material(for: name.lowercased())
            var override = NIOSSLContextConfigurationOverride()
            override.certificateChain = material.chain
            override.privateKey = material.privateKey
            return override
        }

        private func material(for name: String) throws -> NIOSSLMaterial {
            let now = Date()
            if let made = state.withLock({ $0.made[name] }), made.expiresAt > now + 3600 { return made.material }
            let issued = try authority.issue(for: [name], now: now)
            let material = try NIOSSLMaterial(issued)
            state.withLock { state in
                if state.made.updateValue((material, issued.expiresAt), forKey: name) == nil { state.order.append(name) }
                if state.order.count > Self.limit { state.made[state.order.removeFirst()] = nil }
            }
            return material
        }
    }
}

/// A certificate and its key as TLS connections need them.
private struct NIOSSLMaterial: Sendable {
    let chain: [NIOSSLCertificateSource]
    let privateKey: NIOSSLPrivateKeySource

    init(_ issued: IssuedCertificate) throws {
        chain = try NIOSSLCertificate.fromPEMBytes(Array(issued.certificatePEM.utf8)).map { .certificate($0) }
        privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(issued.privateKeyPEM.utf8), format: .pem))
    }
}
