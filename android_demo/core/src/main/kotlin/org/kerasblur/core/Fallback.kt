package org.kerasblur.core

/**
 * Opens something in the first of several ways that works. A way that fails, even later, is not tried again.
 *
 * Belongs to one thread.
 *
 * @param warn Called with each failure in words.
 */
class Fallback<W, T : AutoCloseable>(
    private val ways: List<W>,
    private val warn: (String) -> Unit,
    private val open: (W) -> T,
) : AutoCloseable {
    private val failures = ArrayList<String>()
    private var current: T? = null

    /** Returns what [work] returns. Throws IllegalStateException, with every way's failure, once no way is left. */
    fun <R> attempt(work: (T) -> R): R {
        while (failures.size < ways.size) {
            val way = ways[failures.size]
            try {
                return work(current ?: open(way).also { current = it })
            } catch (failure: Throwable) {
                // LinkageError: a driver lacks a library.
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
