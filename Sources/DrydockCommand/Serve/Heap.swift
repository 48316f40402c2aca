import Foundation

/// The C library's heap.
enum Heap {
    /// Makes the heap keep free blocks of the size of layer chunks. glibc otherwise returns such a block to the system when it is
    /// freed and requests a new one for the next chunk, until a larger block has been freed.
    static func keepBlocks() { free(largeBlock()) }

    /// A separate function, so that the compiler doesn't remove the unused allocation.
    @inline(never)
    private static func largeBlock() -> UnsafeMutableRawPointer? { malloc(4 << 20) }
}
