package org.kerasblur.core

/** What blurs a photo; BLUR if the network can't tell the types apart. Of equal types the first one counts. */
enum class BlurType { MOTION, DEFOCUS, BLUR }

/** Why a photo is not judged; `words` is its text in Python and JSON. */
enum class Obstacle(val words: String) { NOTHING_TO_JUDGE("nothing to judge"), TOO_SMALL("too small") }

/** A part of a photo, in fractions of its sides. */
data class Region(val row: Double, val column: Double, val height: Double, val width: Double) {
    init {
        require(
            row >= 0 && column >= 0 && height > 0 && width > 0 && row + height <= 1 + 1e-9 && column + width <= 1 + 1e-9,
        ) { "expected a region inside the photo, received $row, $column, $height, $width" }
    }

    companion object {
        val WHOLE = Region(0.0, 0.0, 1.0, 1.0)

        /** The region that a tap means: a box around it, moved inwards where it would leave the photo. */
        fun around(row: Double, column: Double, side: Double = Verdict.TAP_SIDE) =
            Region((row - side / 2).coerceIn(0.0, 1 - side), (column - side / 2).coerceIn(0.0, 1 - side), side, side)
    }
}

/**
 * The verdict on a photo, defined in docs/verdict.md. If the photo can't be judged, all but [obstacle] is null or empty.
 *
 * @property score 0: an area the size of a subject is sharp. 1: nothing is.
 * @property type What blurs the photo or the region most, whether or not it is worth a warning.
 * @property blurredShare Share of the area that is blurred; [motionShare] and [defocusShare] add up to it, or are null.
 * @property sharpBox Box around the connected sharp area around the sharpest window.
 * @property notes What limits the verdict: [ENLARGED], [UNCALIBRATED].
 * @property obstacle Why it is not judged; null if it is.
 */
data class Verdict(
    val score: Double? = null,
    val type: BlurType? = null,
    val blurredShare: Double? = null,
    val motionShare: Double? = null,
    val defocusShare: Double? = null,
    val sharpBox: Region? = null,
    val notes: List<String> = emptyList(),
    val obstacle: Obstacle? = null,
) {
    val judged get() = obstacle == null
    val warn get() = score != null && score > WARN_SCORE

    /** The verdict as JSON, with the fields of `keras_blur.verdict.Verdict.to_dict`. */
    fun toJson(): String {
        fun quoted(text: String?) = text?.let { "\"$it\"" }
        val type = type?.name?.lowercase()
        val box = sharpBox?.let { "[${it.row}, ${it.column}, ${it.height}, ${it.width}]" }
        val reason = obstacle?.words ?: type.takeIf { warn } ?: "none"
        return "{\"judged\": $judged, \"warn\": $warn, \"reason\": ${quoted(reason)}, \"score\": $score, " +
            "\"blur_type\": ${quoted(type)}, \"blurred_share\": $blurredShare, \"motion_share\": $motionShare, " +
            "\"defocus_share\": $defocusShare, \"sharp_box\": $box, \"notes\": [${notes.joinToString { quoted(it)!! }}]}"
    }

    companion object {
        const val GRID = 30
        const val WINDOW = 3
        const val WARN_SCORE = 0.5
        const val LEAST_CONTRAST = 16.0
        const val SHARP_FINENESS = 0.4
        const val LEAST_FINENESS = 0.25
        const val LEAST_SIDE = 48
        const val MUCH_ENLARGED = 1.25
        const val TOO_ENLARGED = 1.5
        const val ENLARGED = "enlarged"
        const val UNCALIBRATED = "uncalibrated"
        const val TAP_SIDE = 0.2
        private const val LEAST_REGION = 1e-6 // as a fraction of the photo: less is lost in rounding

        /**
         * Judges a photo by its blur map.
         *
         * @param detail What was measured of the photo and the region; null: nothing, and the photo is judged.
         * @param region Where the subject is; null: the detail's region, or else the whole photo.
         */
        fun of(map: BlurMap, calibration: Calibration, detail: Detail? = null, region: Region? = null): Verdict {
            val box = region ?: detail?.region ?: Region.WHOLE
            require(minOf(box.height, box.width) >= LEAST_REGION) { "region: expected sides of at least $LEAST_REGION, received $box" }
            val enlargement = if (detail == null) 0.0 else calibration.inputSide.toDouble() / maxOf(detail.height, detail.width)
            detail?.let { obstacle(it, enlargement) }?.let { return Verdict(obstacle = it) }
            val cells = cells(map, box)
            val windows = Windows(cells[0], windowSize(box.height), windowSize(box.width))
            val (blurred, motion) = blurredCells(cells, calibration)
            val typed = map.channels == 3
            return Verdict(
                score = score(windows.best, calibration.evenOdds / (detail?.let { softness(it.fineness) } ?: 1.0)),
                type = if (typed) type(cells, motion, blurred - motion, calibration.motionOdds) else BlurType.BLUR,
                blurredShare = blurred / AREA,
                motionShare = if (typed) motion / AREA else null,
                defocusShare = if (typed) (blurred - motion) / AREA else null,
                sharpBox = sharpBox(cells[0], windows, box),
                notes = listOfNotNull(
                    ENLARGED.takeIf { enlargement > MUCH_ENLARGED },
                    UNCALIBRATED.takeIf { calibration.evenOdds == 1.0 },
                ),
            )
        }

        private const val AREA = (GRID * GRID).toDouble()

        /** Why a photo can't be judged; null if it can. */
        private fun obstacle(detail: Detail, enlargement: Double) = when {
            minOf(detail.height, detail.width) < LEAST_SIDE || enlargement > TOO_ENLARGED -> Obstacle.TOO_SMALL
            detail.contrast < LEAST_CONTRAST -> Obstacle.NOTHING_TO_JUDGE
            else -> null
        }

        /** What the odds of blur are multiplied by: 1 for a photo that has fine detail, up to 2.56. */
        private fun softness(fineness: Double): Double {
            val ratio = SHARP_FINENESS / fineness.coerceIn(LEAST_FINENESS, SHARP_FINENESS)
            return ratio * ratio
        }

        /** The score of a photo whose sharpest window has this mean P(sharp). */
        private fun score(sharp: Double, evenOdds: Double): Double {
            val blurred = (1 - sharp).coerceIn(0.0, 1.0)
            return blurred / (blurred + evenOdds * (1 - blurred))
        }

        /** The number of cells along a window's side, in a region of this extent. */
        private fun windowSize(extent: Double) = minOf(GRID.toDouble(), Math.floor(WINDOW / extent + 0.5)).toInt()

        /** Each channel's means over the region's cells, weighted by area. */
        private fun cells(map: BlurMap, box: Region): Array<Array<DoubleArray>> {
            val rows = Overlaps(map.height, box.row, box.height)
            val columns = Overlaps(map.width, box.column, box.width)
            val means = Array(map.channels) { Array(GRID) { DoubleArray(GRID) } }
            for (r in 0 until GRID) for (c in 0 until GRID) {
                for (i in rows.first[r]..rows.last[r]) for (j in columns.first[c]..columns.last[c]) {
                    val share = rows.share(r, i) * columns.share(c, j)
                    for (channel in means.indices) means[channel][r][c] += share * map[i, j, channel]
                }
            }
            for (channel in means) for (row in channel) for (c in row.indices) row[c] = rounded(row[c])
            return means
        }

        /** Rounds to nine digits, so that equal sums are equal whatever the order of adding. */
        private fun rounded(value: Double) = Math.rint(value * 1e9) / 1e9

        /** The type that blurs more cells; of equally many, the one with the larger sum of probabilities. */
        private fun type(cells: Array<Array<DoubleArray>>, motion: Int, defocus: Int, motionOdds: Double): BlurType {
            val more = if (motion != defocus) {
                motion > defocus
            } else {
                cells[1].sumOf { it.sum() } >= motionOdds * cells[2].sumOf { it.sum() }
            }
            return if (more) BlurType.MOTION else BlurType.DEFOCUS
        }

        /** How many cells are blurred, and how many of them by motion. */
        private fun blurredCells(cells: Array<Array<DoubleArray>>, calibration: Calibration): Pair<Int, Int> {
            var blurred = 0
            var motion = 0
            for (row in 0 until GRID) for (column in 0 until GRID) {
                if (1 - cells[0][row][column] > calibration.blurredThreshold) {
                    blurred++
                    if (cells.size == 3 && cells[1][row][column] >= calibration.motionOdds * cells[2][row][column]) motion++
                }
            }
            return blurred to motion
        }

        /** The box around the sharp cells that are connected to the sharpest window. */
        private fun sharpBox(sharp: Array<DoubleArray>, windows: Windows, box: Region): Region? {
            val reached = Array(GRID) { BooleanArray(GRID) }
            val waiting = ArrayDeque<Pair<Int, Int>>()
            fun reach(row: Int, column: Int) {
                if (row in 0 until GRID && column in 0 until GRID && !reached[row][column] && sharp[row][column] > 0.5) {
                    reached[row][column] = true
                    waiting += row to column
                }
            }
            for (row in windows.top until windows.top + windows.rows) {
                for (column in windows.left until windows.left + windows.columns) reach(row, column)
            }
            var (top, left, bottom, right) = listOf(GRID, GRID, -1, -1)
            while (waiting.isNotEmpty()) {
                val (row, column) = waiting.removeFirst()
                top = minOf(top, row)
                left = minOf(left, column)
                bottom = maxOf(bottom, row)
                right = maxOf(right, column)
                reach(row - 1, column)
                reach(row + 1, column)
                reach(row, column - 1)
                reach(row, column + 1)
            }
            if (bottom < 0) return null
            return Region(
                box.row + box.height * top / GRID,
                box.column + box.width * left / GRID,
                box.height * (bottom + 1 - top) / GRID,
                box.width * (right + 1 - left) / GRID,
            )
        }
    }

    /** For each cell of the part from [start] over [extent]: which of [length] pixels it covers, and their shares. */
    private class Overlaps(private val length: Int, private val start: Double, private val extent: Double) {
        val first = IntArray(GRID) { Math.floor(edge(it)).toInt().coerceIn(0, length - 1) }
        val last = IntArray(GRID) { (Math.ceil(edge(it + 1)).toInt() - 1).coerceIn(first[it], length - 1) }
        private val totals = DoubleArray(GRID) { cell -> (first[cell]..last[cell]).sumOf { overlap(cell, it) } }

        fun share(cell: Int, pixel: Int) = overlap(cell, pixel) / totals[cell]

        private fun edge(cell: Int) = (start + extent * cell / GRID) * length

        private fun overlap(cell: Int, pixel: Int) =
            maxOf(0.0, minOf(edge(cell + 1), pixel + 1.0) - maxOf(edge(cell), pixel.toDouble()))
    }

    /** The first window, in reading order, with the highest mean, rounded to nine digits. */
    private class Windows(sharp: Array<DoubleArray>, val rows: Int, val columns: Int) {
        var best = -1.0
            private set
        var top = 0
            private set
        var left = 0
            private set

        init {
            for (row in 0..GRID - rows) for (column in 0..GRID - columns) {
                var sum = 0.0
                for (i in row until row + rows) for (j in column until column + columns) sum += sharp[i][j]
                val mean = rounded(sum / (rows * columns))
                if (mean > best) {
                    best = mean
                    top = row
                    left = column
                }
            }
        }
    }
}
