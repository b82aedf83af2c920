package org.kerasblur.core

/**
 * What the first of several ways opens that works; one that fails, even later, is closed and not tried again.
 *
 * Belongs to one thread.
 *
 * @param warn Is told each failure in words.
 */
class Fallback<W, T : AutoCloseable>(
    private val ways: List<W>,
    private val warn: (String) -> Unit,
    private val open: (W) -> T,
) : AutoCloseable {
    private val failures = ArrayList<String>()
    private var current: T? = null

    /** What [work] makes of it. Throws IllegalStateException, with every way's failure, once no way is left. */
    fun <R> attempt(work: (T) -> R): R {
        while (failures.size < ways.size) {
            val way = ways[failures.size]
            try {
                return work(current ?: open(way).also { current = it })
            } catch (failure: Throwable) {
                // A LinkageError: a driver lacks a library.
                if (failure !is Exception && failure !is LinkageError) throw failure
                failures += "$way: ${failure.message}"
                warn(failures.last())
                close()
            }
        }
        throw IllegalStateException(failures.joinToString("; "))
    }

    override fun close() {
        current.also { current = null }?.close()
    }
}
