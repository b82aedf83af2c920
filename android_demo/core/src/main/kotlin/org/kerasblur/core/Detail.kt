package org.kerasblur.core

/**
 * Whether a photo can be judged and how fine its detail is, as measured from its pixels: `keras_blur.verdict.Detail`,
 * defined in docs/verdict.md.
 *
 * @property contrast The greatest difference, in grey levels, between twice a block and the sum of both beside it.
 * @property fineness How strongly pixels differ from those beside them, compared with those two pixels away.
 * @property height Height of the upright photo in pixels; [width] likewise.
 * @property region The part that is judged: the given one, or the photo without the frame that an app drew around it.
 */
data class Detail(val contrast: Double, val fineness: Double, val height: Int, val width: Int, val region: Region) {
    companion object {
        const val CELLS = 48
        const val BLOCK = 3
        const val SAMPLES = 240
        const val LONGEST_STRIP = 72
        const val EVEN_LEVELS = 6
        const val FINE_SIDE = 640
        const val FINE_WINDOW = 5
        const val FINE_NOISE = 48
        const val TEXTURE = 320
        const val LEAST_TEXTURED = 0.4

        /** Measures an upright photo: [rgb] has 3 bytes a pixel, row by row. */
        fun of(rgb: ByteArray, height: Int, width: Int, region: Region? = null): Detail {
            require(height > 0 && width > 0 && rgb.size >= 3 * height * width) { "no photo: $height x $width" }
            val box = region ?: inside(rgb, height, width)
            if (minOf(height, width) < CELLS) return Detail(0.0, 1.0, height, width, box)
            val blocks = blocks(rgb, height, width)
            var contrast = 0.0
            for (row in middles(box.row, box.height)) for (column in middles(box.column, box.width)) {
                val middle = 2 * blocks[row][column]
                val down = blocks[row - BLOCK][column] + blocks[row + BLOCK][column] - middle
                val across = blocks[row][column - BLOCK] + blocks[row][column + BLOCK] - middle
                contrast = maxOf(contrast, Math.abs(down), Math.abs(across))
            }
            return Detail(contrast, fineness(rgb, height, width, box), height, width, box)
        }

        /** The blocks along an axis that have two neighbours and lie with their middle in a region. */
        private fun middles(start: Double, extent: Double): IntRange {
            val first = Math.floor(start * CELLS).toInt().coerceIn(BLOCK + 1, CELLS - BLOCK - 2)
            val end = maxOf(minOf(Math.ceil((start + extent) * CELLS).toInt(), CELLS - BLOCK - 1), first + 1)
            return first - 1..end - 2
        }

        /** The mean grey level of every block, by its top left cell. */
        private fun blocks(rgb: ByteArray, height: Int, width: Int): Array<DoubleArray> {
            val rows = IntArray(CELLS + 1) { (it.toLong() * height / CELLS).toInt() }
            val columns = IntArray(CELLS + 1) { (it.toLong() * width / CELLS).toInt() }
            // sums[i][j] is the sum of the cells above and to the left of (i, j).
            val sums = Array(CELLS + 1) { LongArray(CELLS + 1) }
            for (i in 0 until CELLS) for (j in 0 until CELLS) {
                var sum = 0L
                for (row in rows[i] until rows[i + 1]) {
                    for (at in 3 * (row * width + columns[j]) until 3 * (row * width + columns[j + 1])) sum += rgb[at].toInt() and 0xff
                }
                sums[i + 1][j + 1] = sum + sums[i][j + 1] + sums[i + 1][j] - sums[i][j]
            }
            val count = CELLS - BLOCK + 1
            return Array(count) { i ->
                DoubleArray(count) { j ->
                    val sum = sums[i + BLOCK][j + BLOCK] - sums[i][j + BLOCK] - sums[i + BLOCK][j] + sums[i][j]
                    sum.toDouble() / (3L * (rows[i + BLOCK] - rows[i]) * (columns[j + BLOCK] - columns[j]))
                }
            }
        }

        /** The fineness of the region's finest window; 1 where nothing is known. */
        private fun fineness(rgb: ByteArray, height: Int, width: Int, box: Region): Double {
            val (high, wide) = limited(height, width)
            if (minOf(high, wide) < CELLS) return 1.0
            val small = if (high == height && wide == width) rgb else Resizer(high, wide).resize(rgb, height, width)
            val grey = IntArray(high * wide) {
                (small[3 * it].toInt() and 0xff) + 2 * (small[3 * it + 1].toInt() and 0xff) + (small[3 * it + 2].toInt() and 0xff)
            }
            val rows = IntArray(CELLS + 1) { it * high / CELLS }
            val columns = IntArray(CELLS + 1) { it * wide / CELLS }
            val beside = curvatures(grey, rows, columns, 1)
            val beyond = curvatures(grey, rows, columns, 2)
            var fineness = 0.0
            var windows = 0
            var textured = 0
            for (row in middles(box.row, box.height)) for (column in middles(box.column, box.width)) {
                val (top, left) = Pair(row - 1, column - 1)
                val (bottom, right) = Pair(top + FINE_WINDOW, left + FINE_WINDOW)
                fun sum(sums: Array<LongArray>) = sums[bottom][right] - sums[top][right] - sums[bottom][left] + sums[top][left]
                val pixels = (rows[bottom] - rows[top]).toLong() * (columns[right] - columns[left])
                fineness = maxOf(fineness, sum(beside).toDouble() / (sum(beyond) + FINE_NOISE * pixels))
                windows++
                if (sum(beyond) >= TEXTURE * pixels) textured++
            }
            return if (textured < LEAST_TEXTURED * windows) 1.0 else fineness
        }

        /** The size whose longer side is at most [FINE_SIDE]; halves are rounded up. */
        private fun limited(height: Int, width: Int): Pair<Int, Int> {
            val longer = maxOf(height, width).toLong()
            if (longer <= FINE_SIDE) return Pair(height, width)
            fun shrunk(side: Int) = maxOf(1L, (2L * side * FINE_SIDE + longer) / (2 * longer)).toInt()
            return Pair(shrunk(height), shrunk(width))
        }

        /** The sums, above and to the left of each cell, of squared second differences over a distance. */
        private fun curvatures(grey: IntArray, rows: IntArray, columns: IntArray, distance: Int): Array<LongArray> {
            val (height, width) = Pair(rows[CELLS], columns[CELLS])
            val sums = Array(CELLS + 1) { LongArray(CELLS + 1) }
            for (i in 0 until CELLS) {
                val line = LongArray(CELLS)
                for (row in rows[i] until rows[i + 1]) {
                    val start = row * width
                    val above = maxOf(row - distance, 0) * width
                    val below = minOf(row + distance, height - 1) * width
                    for (j in 0 until CELLS) for (column in columns[j] until columns[j + 1]) {
                        val middle = 2 * grey[start + column]
                        val down = grey[above + column] + grey[below + column] - middle
                        val left = grey[start + maxOf(column - distance, 0)]
                        val across = left + grey[start + minOf(column + distance, width - 1)] - middle
                        line[j] += (down * down + across * across).toLong()
                    }
                }
                for (j in 0 until CELLS) sums[i + 1][j + 1] = line[j] + sums[i][j + 1] + sums[i + 1][j] - sums[i][j]
            }
            return sums
        }

        /** The box of what lies inside a frame, bars or captions. */
        private fun inside(rgb: ByteArray, height: Int, width: Int): Region {
            fun sampled(side: Int) = IntArray(SAMPLES) { ((2L * it + 1) * side / (2 * SAMPLES)).toInt() }
            val rows = sampled(height)
            val columns = sampled(width)
            val last = SAMPLES - 1
            fun at(row: Int, column: Int) = 3 * (rows[row] * width + columns[column])
            val top = strip(rgb) { line, along -> at(line, along) }
            val bottom = strip(rgb) { line, along -> at(last - line, along) }
            val left = strip(rgb) { line, along -> at(along, line) }
            val right = strip(rgb) { line, along -> at(along, last - line) }
            fun share(lines: Int) = lines.toDouble() / SAMPLES
            return Region(share(top), share(left), share(SAMPLES - top - bottom), share(SAMPLES - left - right))
        }

        /** The number of first lines that are even at both ends and along a third of their length; 0 if all are. */
        private fun strip(rgb: ByteArray, at: (Int, Int) -> Int): Int {
            val ground = at(0, 0)
            fun even(line: Int, along: Int): Boolean {
                val pixel = at(line, along)
                return (0 until 3).all { Math.abs((rgb[pixel + it].toInt() and 0xff) - (rgb[ground + it].toInt() and 0xff)) <= EVEN_LEVELS }
            }
            val end = (0 until LONGEST_STRIP).firstOrNull { line ->
                !even(line, 0) || !even(line, SAMPLES - 1) || 3 * (0 until SAMPLES).count { even(line, it) } < SAMPLES
            }
            return end ?: 0
        }
    }
}
