package org.kerasblur.core

import java.io.File
import java.nio.ByteBuffer

/** The golden cases, tests/golden: their README explains the fields. */
object Golden {
    val folder = File(System.getProperty("golden") ?: "../../tests/golden")

    fun read(name: String): Map<String, Any?> = obj(Json.parse(folder.resolve(name).readText()))

    @Suppress("UNCHECKED_CAST")
    fun obj(value: Any?) = value as Map<String, Any?>

    fun list(value: Any?) = value as List<*>

    fun cases(file: String) = list(read(file)["cases"]).map { obj(it) }

    fun int(value: Any?) = (value as Double).toInt()

    fun region(value: Any?): Region? = value?.let {
        val (row, column, height, width) = list(it).map { side -> side as Double }
        Region(row, column, height, width)
    }

    /** The map that a case describes. */
    fun map(case: Map<String, Any?>): BlurMap {
        val height = int(case["height"])
        val width = int(case["width"])
        case["values"]?.let { values ->
            val all = list(values).map { (it as Double).toFloat() }.toFloatArray()
            return BlurMap(height, width, all.size / (height * width), all)
        }
        val base = list(case["base"]).map { (it as Double).toFloat() }
        val values = FloatArray(height * width * base.size) { base[it % base.size] }
        for (patch in list(case["patches"])) {
            val (top, left, rows, columns) = list(patch).take(4).map { int(it) }
            val probabilities = list(list(patch)[4]).map { (it as Double).toFloat() }
            for (row in top until top + rows) for (column in left until left + columns) {
                for (i in probabilities.indices) values[(row * width + column) * base.size + i] = probabilities[i]
            }
        }
        return BlurMap(height, width, base.size, values)
    }

    /** A case of details.json: blotches and noise inside light strips with ink. */
    fun detailed(case: Map<String, Any?>): ByteBuffer {
        val (height, width, seed) = listOf("height", "width", "seed").map { int(case[it]) }
        val (top, bottom, left, right) = case["strips"]?.let { strips -> list(strips).map { int(it) } } ?: listOf(0, 0, 0, 0)
        val frame = frame(height, width, seed.toLong(), 4 * width)
        for (row in 0 until height) for (column in 0 until width) {
            val level = (17 * (8 * row / height) + 31 * (8 * column / width)) % 128
            val ground = if (column % 6 in 1..int(case["ink"])) 20 else 250
            val inside = row in top until height - bottom && column in left until width - right
            for (at in 4 * (row * width + column) until 4 * (row * width + column) + 3) {
                frame.put(at, (if (inside) (frame.get(at).toInt() and 0xff) / 2 + level else ground).toByte())
            }
        }
        return frame
    }

    /** The rule's pixels as a camera's frame: four bytes a pixel, rows padded with what must not be read. */
    fun frame(height: Int, width: Int, seed: Long, rowStride: Int): ByteBuffer {
        val buffer = ByteBuffer.allocateDirect(height * rowStride)
        for (i in 0 until buffer.limit()) buffer.put(i, 0x5a)
        var x = seed
        for (row in 0 until height) for (column in 0 until width) for (channel in 0 until 3) {
            x = (1664525 * x + 1013904223) and 0xffffffffL
            buffer.put(row * rowStride + 4 * column + channel, (x shr 24).toByte())
        }
        return buffer
    }
}
