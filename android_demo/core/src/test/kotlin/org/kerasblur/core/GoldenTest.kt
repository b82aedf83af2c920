package org.kerasblur.core

import java.nio.ByteBuffer
import java.util.zip.CRC32
import javax.imageio.ImageIO
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test

/** Kotlin gives Python's answers. */
class GoldenTest {
    private val tolerance = 1e-6

    @Test
    fun constantsAreThoseOfPython() {
        val expected = Golden.obj(Golden.read("maps.json")["constants"])
        val own = mapOf(
            "GRID" to Verdict.GRID.toDouble(),
            "WINDOW" to Verdict.WINDOW.toDouble(),
            "WARN_SCORE" to Verdict.WARN_SCORE,
            "SAMPLES" to Detail.SAMPLES.toDouble(),
            "LONGEST_STRIP" to Detail.LONGEST_STRIP.toDouble(),
            "EVEN_LEVELS" to Detail.EVEN_LEVELS.toDouble(),
            "CELLS" to Detail.CELLS.toDouble(),
            "BLOCK" to Detail.BLOCK.toDouble(),
            "FINE_SIDE" to Detail.FINE_SIDE.toDouble(),
            "FINE_WINDOW" to Detail.FINE_WINDOW.toDouble(),
            "FINE_NOISE" to Detail.FINE_NOISE.toDouble(),
            "TEXTURE" to Detail.TEXTURE.toDouble(),
            "LEAST_TEXTURED" to Detail.LEAST_TEXTURED,
            "SHARP_FINENESS" to Verdict.SHARP_FINENESS,
            "LEAST_FINENESS" to Verdict.LEAST_FINENESS,
            "LEAST_CONTRAST" to Verdict.LEAST_CONTRAST,
            "LEAST_SIDE" to Verdict.LEAST_SIDE.toDouble(),
            "MUCH_ENLARGED" to Verdict.MUCH_ENLARGED,
            "TOO_ENLARGED" to Verdict.TOO_ENLARGED,
            "TAP_SIDE" to Verdict.TAP_SIDE,
            "QUIET_SCORE" to Warnings.QUIET_SCORE,
            "SMOOTHING" to Warnings.SMOOTHING,
            "TYPE_SMOOTHING" to Warnings.TYPE_SMOOTHING,
            "APPEAR_AFTER" to Warnings.APPEAR_AFTER,
            "VANISH_AFTER" to Warnings.VANISH_AFTER,
            "SHOWN_FOR" to Warnings.SHOWN_FOR,
            "HIDDEN_FOR" to Warnings.HIDDEN_FOR,
            "OTHER_REASON" to Warnings.OTHER_REASON,
            "LONGEST_GAP" to Warnings.LONGEST_GAP,
            "JUDGED_BELOW" to Warnings.JUDGED_BELOW,
            "UNJUDGED_ABOVE" to Warnings.UNJUDGED_ABOVE,
        )
        assertEquals(expected.keys, own.keys)
        for ((name, value) in own) assertEquals(name, expected[name] as Double, value, 1e-12)
        for (file in listOf("frames.json", "details.json")) assertEquals(expected, Golden.obj(Golden.read(file)["constants"]))
    }

    @Test
    fun verdictsOfMaps() {
        for (case in Golden.cases("maps.json")) {
            val name = case["name"] as String
            val expected = Golden.obj(case["expected"])
            val (threshold, evenOdds, motionOdds) =
                listOf("blurred_threshold", "even_odds", "motion_odds").map { case[it] as Double }
            val calibration = Calibration(threshold, evenOdds, motionOdds, Golden.int(case["input_side"]))
            val detail = case["detail"]?.let {
                val (contrast, fineness, height, width) = Golden.list(it).map { value -> value as Double }
                Detail(contrast, fineness, height.toInt(), width.toInt(), Region.WHOLE)
            }
            val found = Verdict.of(Golden.map(case), calibration, detail, Golden.region(case["region"]))
            same(name, expected["score"] as Double?, found.score)
            assertEquals(name, expected["judged"], found.judged)
            assertEquals(name, expected["warn"], found.warn)
            assertEquals(name, expected["blur_type"], found.type?.name?.lowercase())
            same(name, expected["blurred_share"] as Double?, found.blurredShare)
            same(name, expected["motion_share"] as Double?, found.motionShare)
            same(name, expected["defocus_share"] as Double?, found.defocusShare)
            same(name, Golden.region(expected["sharp_box"]), found.sharpBox)
            val json = Golden.obj(Json.parse(found.toJson()))
            assertEquals(name, expected.keys, json.keys)
            for (key in listOf("judged", "warn", "reason", "blur_type", "notes")) assertEquals(name, expected[key], json[key])
        }
    }

    @Test
    fun taps() {
        for (tap in Golden.list(Golden.read("maps.json")["taps"]).map { Golden.obj(it) }) {
            same("tap", Golden.region(tap["region"]), Region.around(tap["row"] as Double, tap["column"] as Double))
        }
    }

    @Test
    fun warningsOverFrames() {
        for (case in Golden.cases("frames.json")) {
            val warnings = Warnings()
            val frames = Golden.list(case["frames"]).map { Golden.list(it) }
            val expected = Golden.list(case["expected"]).map { Golden.list(it) }
            assertEquals(frames.size, expected.size)
            for ((frame, answer) in frames.zip(expected)) {
                val time = frame[0] as Double
                val found = if (frame.size == 1) {
                    warnings.at(time)
                } else {
                    val type = (frame[2] as String?)?.let { BlurType.valueOf(it.uppercase()) }
                    warnings.update(time, frame[1] as Double?, type)
                }
                val place = "${case["name"]} at $time"
                assertEquals(place, answer[0], found.shown)
                assertEquals(place, answer[1], found.reason?.name?.lowercase() ?: "none")
                assertEquals(place, answer[2] as Double, found.score, tolerance)
                assertEquals(place, answer[3], found.judged)
                assertEquals(place, answer[4], found.appeared)
            }
        }
    }

    @Test
    fun preparedFrames() {
        for (case in Golden.cases("prepare.json")) {
            val (height, width, seed) = listOf("height", "width", "seed").map { Golden.int(case[it]) }
            val contract = contract(Golden.int(case["input_height"]), Golden.int(case["input_width"]))
            val rotation = Golden.int(case["rotation"])
            for (padding in listOf(0, 52)) {
                val stride = 4 * width + padding
                val frame = Golden.frame(height, width, seed.toLong(), stride)
                val pixels = Preparer(contract).prepare(frame, height, width, stride, rotation)
                assertPixels("$height x $width, rotation $rotation", Golden.obj(case["expected"]), pixels)
            }
        }
    }

    @Test
    fun detailsOfFrames() {
        for (case in Golden.cases("details.json")) {
            val (height, width, rotation) = listOf("height", "width", "rotation").map { Golden.int(case[it]) }
            val frame = Golden.detailed(case)
            val preparer = Preparer(contract(16, 16))
            preparer.prepare(frame, height, width, 4 * width, rotation)
            val found = preparer.detail(Golden.region(case["region"]))
            val (contrast, fineness, rows, columns, region) = Golden.list(case["expected"])
            val name = "$height x $width, rotation $rotation, region ${case["region"]}, strips ${case["strips"]}"
            assertEquals(name, contrast as Double, found.contrast, 0.0)
            assertEquals(name, fineness as Double, found.fineness, 0.0)
            assertEquals(name, listOf(Golden.int(rows), Golden.int(columns)), listOf(found.height, found.width))
            assertEquals(name, Golden.region(region), found.region)
        }
    }

    @Test
    fun preparedPhotos() {
        val contract = Contract.parse(shipped())
        val preparer = Preparer(contract)
        for (case in Golden.cases("photos.json")) {
            val image = ImageIO.read(Golden.folder.resolve(case["file"] as String))
            val frame = ByteBuffer.allocate(4 * image.width * image.height)
            for (row in 0 until image.height) for (column in 0 until image.width) {
                frame.putInt(image.getRGB(column, row) shl 8 or 0xff)
            }
            val pixels = preparer.prepare(frame, image.height, image.width, 4 * image.width, 0)
            assertPixels(case["file"] as String, Golden.obj(case["prepared"]), pixels)
        }
    }

    private fun assertPixels(name: String, expected: Map<String, Any?>, pixels: ByteArray) {
        fun pixel(at: Int) = List(3) { (pixels[at + it].toInt() and 0xff).toDouble() }
        assertEquals(name, expected["first"], pixel(0))
        assertEquals(name, expected["last"], pixel(pixels.size - 3))
        assertEquals(name, (expected["crc32"] as Double).toLong(), CRC32().apply { update(pixels) }.value)
    }

    private fun same(name: String, expected: Double?, found: Double?) {
        if (expected == null) assertNull(name, found) else assertEquals(name, expected, found!!, tolerance)
    }

    private fun same(name: String, expected: Region?, found: Region?) {
        if (expected == null) {
            assertNull(name, found)
        } else {
            val difference = listOf(
                expected.row - found!!.row,
                expected.column - found.column,
                expected.height - found.height,
                expected.width - found.width,
            )
            assertTrue("$name: expected $expected, found $found", difference.all { Math.abs(it) <= tolerance })
        }
    }
}
