import EC2API
import SimulatorCore

/// The resources that an association joins, for policies: a table, list or address block, with a subnet, gateway or VPC.
struct NetworkAssociation {
    /// The ids of both sides, by resource type.
    private let ids: [String: String]

    func id(of type: String) -> String? { ids[type] }

    static func of(_ id: String, _ context: Context) throws -> NetworkAssociation? {
        guard let dash = id.lastIndex(of: "-") else { return nil }
        var ids: [String: String] = [:]
        switch id[..<dash] {
        case "rtbassoc":
            guard let (table, association) = try? Resource.routeTable.having(association: id, context) else { return nil }
            ids["route-table"] = table.shape.routeTableId
            ids["subnet"] = association.subnetId
            if let gateway = association.gatewayId, let kind = ResourceKind.of(gateway) { ids[kind.type] = gateway }
        case "aclassoc":
            guard let (list, association) = try? Resource.networkAcl.having(association: id, context) else { return nil }
            ids["network-acl"] = list.shape.networkAclId
            ids["subnet"] = association.subnetId
        case "vpc-cidr-assoc":
            ids["vpc"] =
                try CidrBlockRecord.find(id, context)?.ownerId
                ?? VpcRecord.first(context, "AND cidr_association_id = ?", [id])?.id
        case "subnet-cidr-assoc": ids["subnet"] = try CidrBlockRecord.find(id, context)?.ownerId
        default: return nil
        }
        return NetworkAssociation(ids: ids)
    }
}
