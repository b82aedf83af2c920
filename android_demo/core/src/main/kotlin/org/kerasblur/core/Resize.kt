package org.kerasblur.core

/**
 * Resizes RGB pictures as `keras_blur.processing.resize` does, to the last bit.
 *
 * That is OpenCV's arithmetic: an axis that shrinks is averaged over areas in 32-bit floating point (INTER_AREA), one
 * that grows is interpolated linearly with weights of 11 bits (INTER_LINEAR). docs/verdict.md has it in words.
 * A resizer keeps its tables and buffers for the next frame of the same size, so it belongs to one thread.
 */
class Resizer(private val height: Int, private val width: Int) {
    private var sourceHeight = 0
    private var sourceWidth = 0
    private lateinit var area: Area
    private lateinit var linear: Linear

    /** Returns [height] x [width] x 3 bytes, made from the first [sourceHeight] x [sourceWidth] x 3 of [source]. */
    fun resize(source: ByteArray, sourceHeight: Int, sourceWidth: Int): ByteArray {
        require(sourceHeight > 0 && sourceWidth > 0 && source.size >= sourceHeight * sourceWidth * 3) {
            "expected $sourceHeight x $sourceWidth x 3 bytes, received ${source.size}"
        }
        if (sourceHeight != this.sourceHeight || sourceWidth != this.sourceWidth) {
            val smallHeight = minOf(height, sourceHeight)
            val smallWidth = minOf(width, sourceWidth)
            area = Area(sourceHeight, sourceWidth, smallHeight, smallWidth)
            linear = Linear(smallHeight, smallWidth, height, width)
            this.sourceHeight = sourceHeight
            this.sourceWidth = sourceWidth
        }
        return linear.enlarge(area.shrink(source))
    }
}

private const val RGB = 3

/** Averages over areas; sides that stay as they are cost nothing. */
private class Area(val height: Int, val width: Int, val newHeight: Int, val newWidth: Int) {
    private val same = height == newHeight && width == newWidth
    private val rowFactor = wholeFactor(height, newHeight)
    private val columnFactor = wholeFactor(width, newWidth)
    private val rows = AreaTable(height, newHeight)
    private val columns = AreaTable(width, newWidth)
    private val line = FloatArray(newWidth * RGB)
    private val sums = FloatArray(newWidth * RGB)
    private val result = ByteArray(newHeight * newWidth * RGB)

    fun shrink(source: ByteArray): ByteArray {
        if (same) {
            source.copyInto(result, 0, 0, result.size)
        } else if (rowFactor > 0 && columnFactor > 0) {
            averageBlocks(source)
        } else {
            averageAreas(source)
        }
        return result
    }

    /** The factor by which a side shrinks if it is whole, else 0. */
    private fun wholeFactor(old: Int, new: Int) = if (old % new == 0) old / new else 0

    private fun averageBlocks(source: ByteArray) {
        val count = rowFactor * columnFactor
        val share = 1f / count
        for (row in 0 until newHeight) for (column in 0 until newWidth) for (channel in 0 until RGB) {
            var sum = 0
            for (i in 0 until rowFactor) {
                val start = ((row * rowFactor + i) * width + column * columnFactor) * RGB + channel
                for (j in 0 until columnFactor) sum += source[start + j * RGB].toInt() and 0xff
            }
            val mean = if (rowFactor == 2 && columnFactor == 2) (sum + 2) shr 2 else Math.rint((sum * share).toDouble()).toInt()
            result[(row * newWidth + column) * RGB + channel] = mean.toByte()
        }
    }

    private fun averageAreas(source: ByteArray) {
        var lineOf = -1
        for (row in 0 until newHeight) {
            for (entry in rows.first[row] until rows.first[row + 1]) {
                if (rows.index[entry] != lineOf) { // two rows of the result share the line between them
                    lineOf = rows.index[entry]
                    averageLine(source, lineOf * width * RGB)
                }
                val weight = rows.weight[entry]
                if (entry == rows.first[row]) {
                    for (i in sums.indices) sums[i] = weight * line[i]
                } else {
                    for (i in sums.indices) sums[i] += weight * line[i]
                }
            }
            val start = row * newWidth * RGB
            for (i in sums.indices) result[start + i] = Math.rint(sums[i].toDouble()).toInt().coerceIn(0, 255).toByte()
        }
    }

    private fun averageLine(source: ByteArray, start: Int) {
        for (column in 0 until newWidth) {
            var red = 0f
            var green = 0f
            var blue = 0f
            for (entry in columns.first[column] until columns.first[column + 1]) {
                val at = start + columns.index[entry] * RGB
                val weight = columns.weight[entry]
                red += (source[at].toInt() and 0xff) * weight
                green += (source[at + 1].toInt() and 0xff) * weight
                blue += (source[at + 2].toInt() and 0xff) * weight
            }
            line[column * RGB] = red
            line[column * RGB + 1] = green
            line[column * RGB + 2] = blue
        }
    }
}

/** For each of `new` pixels, the `old` ones in it and their shares: entries `first[i]` until `first[i + 1]`. */
private class AreaTable(old: Int, new: Int) {
    val first = IntArray(new + 1)
    val index: IntArray
    val weight: FloatArray

    init {
        val indices = ArrayList<Int>()
        val weights = ArrayList<Float>()
        val scale = 1.0 / (new.toDouble() / old)
        for (i in 0 until new) {
            val start = i * scale
            val end = start + scale
            val size = minOf(scale, old - start)
            val whole = minOf(Math.floor(end).toInt(), old - 1)
            val begin = minOf(Math.ceil(start).toInt(), whole)
            if (begin - start > TINY) {
                indices += begin - 1
                weights += ((begin - start) / size).toFloat()
            }
            for (j in begin until whole) {
                indices += j
                weights += (1.0 / size).toFloat()
            }
            if (end - whole > TINY) {
                indices += whole
                weights += (minOf(end - whole, 1.0, size) / size).toFloat()
            }
            first[i + 1] = indices.size
        }
        index = indices.toIntArray()
        weight = weights.toFloatArray()
    }

    private companion object {
        const val TINY = 1e-3 // OpenCV leaves out what covers less of a pixel
    }
}

/** Interpolates linearly; sides that stay as they are cost nothing. */
private class Linear(val height: Int, val width: Int, val newHeight: Int, val newWidth: Int) {
    private val same = height == newHeight && width == newWidth
    private val rows = LinearTable(height, newHeight, clampWeights = false)
    private val columns = LinearTable(width, newWidth, clampWeights = true)
    private val lines = Array(2) { IntArray(newWidth * RGB) }
    private val lineOf = IntArray(2)
    private val result = if (same) ByteArray(0) else ByteArray(newHeight * newWidth * RGB)

    fun enlarge(source: ByteArray): ByteArray {
        if (same) return source
        lineOf.fill(-1)
        for (row in 0 until newHeight) {
            val upper = line(source, rows.index[row], rows.next[row])
            val lower = line(source, rows.next[row], rows.index[row])
            val first = rows.weight[row]
            val second = rows.nextWeight[row]
            val start = row * newWidth * RGB
            for (i in upper.indices) {
                val sum = ((first * (upper[i] shr 4)) shr 16) + ((second * (lower[i] shr 4)) shr 16)
                result[start + i] = ((sum + 2) shr 2).coerceIn(0, 255).toByte()
            }
        }
        return result
    }

    /** A row of the source, interpolated along the row; the buffer that holds row [other] is kept. */
    private fun line(source: ByteArray, row: Int, other: Int): IntArray {
        for (slot in 0..1) if (lineOf[slot] == row) return lines[slot]
        val slot = if (lineOf[0] == other) 1 else 0
        lineOf[slot] = row
        val line = lines[slot]
        for (column in 0 until newWidth) {
            val left = (row * width + columns.index[column]) * RGB
            val right = (row * width + columns.next[column]) * RGB
            for (channel in 0 until RGB) {
                line[column * RGB + channel] = (source[left + channel].toInt() and 0xff) * columns.weight[column] +
                    (source[right + channel].toInt() and 0xff) * columns.nextWeight[column]
            }
        }
        return line
    }
}

/** The two pixels between which each new one lies, and their weights in 2048ths. */
private class LinearTable(old: Int, new: Int, clampWeights: Boolean) {
    val index = IntArray(new)
    val next = IntArray(new)
    val weight = IntArray(new)
    val nextWeight = IntArray(new)

    init {
        val scale = old.toDouble() / new
        for (i in 0 until new) {
            val place = ((i + 0.5) * scale - 0.5).toFloat()
            val before = Math.floor(place.toDouble()).toInt()
            var share = place - before
            // OpenCV does this for columns, not for rows: there one pixel counts twice and is rounded twice.
            if (clampWeights && (before < 0 || before >= old - 1)) share = 0f
            index[i] = before.coerceIn(0, old - 1)
            next[i] = (before + 1).coerceIn(0, old - 1)
            weight[i] = Math.rint(((1f - share) * 2048f).toDouble()).toInt()
            nextWeight[i] = Math.rint((share * 2048f).toDouble()).toInt()
        }
    }
}
