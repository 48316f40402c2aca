import AWSCore

// Watches the guests' disks, memory, ports and layers.
extension GuestHost {
    /// Stops guests whose disk is full: nothing else keeps a guest from filling the machine's disk.
    func watchDisks() async {
        while (try? await Task.sleep(for: .seconds(2))) != nil {
            for guest in state.withLock({ Array($0.guests.values) }) {
                guard let reason = await guest.checkDisk() else { continue }
                // Recorded first, so that the guest isn't booted again in between.
                fail(guest.id, reason)
                await guest.halt()
            }
        }
    }

    /// Checks each guest's total memory: the limit per process doesn't limit the total.
    func watchMemory() async {
        while (try? await Task.sleep(for: .milliseconds(500))) != nil {
            for guest in state.withLock({ Array($0.guests.values) }) where guest.isUp { guest.checkMemory() }
        }
    }

    /// Opens, closes and removes ports outside, following what listens inside and the current rules.
    func watchPorts() async {
        var observed: (requests: UInt64, listening: [String: Set<UInt16>])?
        var silent = SilentPorts(sshPort: port)
        var datagrams = DatagramWatch()
        while (try? await Task.sleep(for: .milliseconds(100))) != nil {
            var listening: [String: Set<UInt16>] = [:], guests: [GuestInstance] = []
            for guest in state.withLock({ Array($0.guests.values) }) where guest.isUp {
                let instance = guest.instance
                guard let address = instance.publicAddress, address.hasPrefix("127.") else { continue }
                guests.append(instance)
                listening[guest.id] = guest.listening.subtracting([port])
                datagrams.look(at: guest, address)
            }
            let ids = Set(guests.map(\.id))
            datagrams.keep(ids)
            let requests = simulator.requestCount
            if let observed, observed.requests == requests, observed.listening == listening { continue }
            observed = (requests, listening)
            silent.keep(ids)
            let ruled = simulator.ruledPorts(of: guests)
            var wanted: [PublicDoors.Endpoint: Bool] = [:]
            for instance in guests {
                let open = listening[instance.id] ?? []
                let all = silent.ports(of: instance.id, open: open, ruled: ruled[instance.scope] ?? [], guests: guests.count)
                let admitted = simulator.admitted(instance, from: "127.0.0.1", ports: all)
                // A port that the rules forbid is silent. If the rules admit somebody and nothing listens, the machine refuses
                // the connection.
                for number in all where open.contains(number) || !admitted.contains(number) {
                    wanted[.init(address: instance.publicAddress ?? "", port: number)] = admitted.contains(number)
                }
            }
            ports.turn(to: wanted)
            ports.sweep()
        }
    }

    /// Follows the UDP ports that guest programs receive at.
    struct DatagramWatch {
        private var observed: [String: (ports: Set<UInt16>, places: Set<PublicDoors.Endpoint>)] = [:]

        /// A port counts when it is seen twice: programs that only ask, such as for a name, have one briefly.
        mutating func look(at guest: Guest, _ address: String) {
            let ports = guest.receiving, last = observed[guest.id]
            let places = Set(
                ports.intersection(last?.ports ?? []).map { PublicDoors.Endpoint(address: address, port: $0) })
            if places != last?.places ?? [] { guest.turnDatagrams(to: places) }
            observed[guest.id] = (ports, places)
        }

        mutating func keep(_ ids: Set<String>) { observed = observed.filter { ids.contains($0.key) } }
    }

    func watchLayers() async {
        while (try? await Task.sleep(for: .seconds(30))) != nil { collectLayers(idleFor: .seconds(60)) }
    }

    func collectLayers(idleFor time: Duration) { layers.collect(idleFor: time) }

    public func instancesChanged() { look() }

    public func reboot(_ instance: String) {
        state.withLock { state in
            state.rebooting.insert(instance)
            // The cause of the failure may be gone by now.
            state.failed[instance] = nil
        }
    }

    public func capture(_ instance: String, as image: String) {
        if let guest = state.withLock({ $0.guests[instance] }) { images.capture(guest.disk, as: image) }
    }

    public func copyImage(_ source: String, as image: String) { images.copy(source, as: image) }

    public func forgetImage(_ image: String) { images.forget(image) }
}
