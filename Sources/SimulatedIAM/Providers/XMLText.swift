import AWSCore
import CLibXML2
import Foundation

/// An XML document for signature checks: its elements and their canonical bytes.
final class XMLText {
    private let document: xmlDocPtr

    /// - Returns: nil if the text is not well formed or has a document type declaration, which SAML does not use.
    init?(_ bytes: Bytes) {
        let options = Int32(XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue)
        let read = bytes.withUnsafeBytes { buffer in
            xmlReadMemory(
                buffer.baseAddress?.assumingMemoryBound(to: CChar.self), CInt(buffer.count), nil, nil, options)
        }
        guard let read else { return nil }
        guard read.pointee.intSubset == nil, xmlDocGetRootElement(read) != nil else {
            xmlFreeDoc(read)
            return nil
        }
        document = read
    }

    deinit { xmlFreeDoc(document) }

    var root: Element? { xmlDocGetRootElement(document).map { Element(node: $0) } }

    /// An element, valid as long as its document.
    struct Element {
        fileprivate let node: xmlNodePtr

        var name: String { XMLText.text(node.pointee.name) }
        var namespace: String { node.pointee.ns.map { XMLText.text($0.pointee.href) } ?? "" }

        var children: [Element] {
            var found: [Element] = []
            var next = node.pointee.children
            while let child = next {
                if child.pointee.type == XML_ELEMENT_NODE { found.append(Element(node: child)) }
                next = child.pointee.next
            }
            return found
        }

        func children(_ name: String) -> [Element] { children.filter { $0.name == name } }
        func first(_ name: String) -> Element? { children.first { $0.name == name } }

        /// Returns this element and its descendants that have the name.
        func all(_ name: String) -> [Element] { (self.name == name ? [self] : []) + children.flatMap { $0.all(name) } }

        subscript(attribute: String) -> String? {
            guard let value = xmlGetNoNsProp(node, attribute) else { return nil }
            defer { free(value) }
            return XMLText.text(value)
        }

        var content: String {
            guard let value = xmlNodeGetContent(node) else { return "" }
            defer { free(value) }
            return XMLText.text(value)
        }

        /// The content, decoded from base64 after removing whitespace.
        var packed: Bytes? { Base64.decode(content.filter { !$0.isWhitespace }) }

        func contains(_ other: Element) -> Bool { self == other || children.contains { $0.contains(other) } }
    }

    private struct Selection {
        let root: xmlNodePtr
        let left: xmlNodePtr?
    }

    /// Returns an element's canonical form (https://www.w3.org/TR/xml-exc-c14n/, or
    /// https://www.w3.org/TR/xml-c14n).
    /// - Parameters:
    ///   - prefixes: in the exclusive form, the namespaces to keep even if unused.
    ///   - left: an element to omit, such as the signature inside the signed element.
    func canonical(_ element: Element, exclusive: Bool, prefixes: [String] = [], without left: Element? = nil) -> Bytes? {
        guard let buffer = xmlAllocOutputBuffer(nil) else { return nil }
        defer { xmlOutputBufferClose(buffer) }
        var selection = Selection(root: element.node, left: left?.node)
        let list = UnsafeMutableBufferPointer<UnsafeMutablePointer<xmlChar>?>.allocate(capacity: prefixes.count + 1)
        list.initialize(repeating: nil)
        for (index, prefix) in prefixes.enumerated() { list[index] = xmlStrdup(prefix) }
        defer {
            for name in list { free(name) }
            list.deallocate()
        }
        let mode = CInt(exclusive ? XML_C14N_EXCLUSIVE_1_0.rawValue : XML_C14N_1_0.rawValue)
        let result = xmlC14NExecute(
            document,
            { data, node, parent in
                guard let data else { return 0 }
                let selection = data.assumingMemoryBound(to: Selection.self).pointee
                // Attributes and namespaces count as part of their element.
                var next = node
                if let node, node.pointee.type == XML_NAMESPACE_DECL || node.pointee.type == XML_ATTRIBUTE_NODE {
                    next = parent
                }
                while let present = next {
                    if present == selection.left { return 0 }
                    if present == selection.root { return 1 }
                    next = present.pointee.parent
                }
                return 0
            }, &selection, mode, prefixes.isEmpty ? nil : list.baseAddress, 0, buffer)
        guard result >= 0, let content = xmlOutputBufferGetContent(buffer) else { return nil }
        return Bytes(UnsafeBufferPointer(start: content, count: Int(xmlOutputBufferGetSize(buffer))))
    }

    fileprivate static func text(_ pointer: UnsafePointer<xmlChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }
}

extension XMLText.Element: Equatable {}
