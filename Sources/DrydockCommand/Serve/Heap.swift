import Foundation

/// The C library's memory.
enum Heap {
    /// Keeps blocks of the size of layers' pieces for their like. glibc gives blocks back to the system as soon as they are
    /// free, and takes them anew for the next piece, until one that was larger has come back to it.
    static func keepBlocks() { free(largeBlock()) }

    /// Apart, so that nobody sees that it is taken for nothing.
    @inline(never)
    private static func largeBlock() -> UnsafeMutableRawPointer? { malloc(4 << 20) }
}
