package org.kerasblur.core

import java.awt.image.BufferedImage
import java.io.ByteArrayOutputStream
import java.io.File
import java.nio.ByteBuffer
import java.util.Random
import javax.imageio.ImageIO
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test

fun contract(height: Int, width: Int) =
    Contract("test", height, width, 1, listOf("sharp", "motion", "defocus"), Calibration())

/** The contract that ships beside the network. */
fun shipped(): String =
    File(System.getProperty("network") ?: "../../keras_blur/pretrained/mobile").resolve("contract.json").readText()

class CoreTest {
    private fun refused(part: String, work: () -> Unit) {
        val error = assertThrows(IllegalArgumentException::class.java) { work() }
        assertTrue("${error.message}", error.message!!.contains(part))
    }

    @Test
    fun jsonOfEveryKind() {
        val text = """ {"a": [1, -2.5e-3, true, false, null], "b \"\u00e9\n": {}, "c": [[]], "d": "x/y"} """
        val expected = mapOf(
            "a" to listOf(1.0, -0.0025, true, false, null),
            "b \"é\n" to emptyMap<String, Any?>(),
            "c" to listOf(emptyList<Any?>()),
            "d" to "x/y",
        )
        assertEquals(expected, Json.parse(text.replace("\\n", "\\n")))
    }

    @Test
    fun whatIsNoJsonIsRefused() {
        for (text in listOf("", "{", "[1,]", "{\"a\" 1}", "tru", "1 2", "\"a", "\"\\x\"", "[01]", "nan", "{a: 1}")) {
            refused("JSON: expected") { Json.parse(text) }
        }
    }

    @Test
    fun theShippedContractIsRead() {
        val contract = Contract.parse(shipped())
        assertEquals(listOf("sharp", "motion", "defocus"), contract.classes)
        assertEquals(contract.height, contract.mapHeight * contract.outputStride)
    }

    @Test
    fun oddsAreThoseOfTheContractOrOneAndFilesMayHaveTheirOwn() {
        val bare = shipped().replace(Regex("\"(even|motion)_odds\": *[^,}]+,"), "").replace(Regex("\"file_even_odds\": *\\{[^}]*\\},"), "")
        fun parsed(odds: String) = Contract.parse(bare.replaceFirst("{", "{$odds"))
        val older = parsed("")
        assertEquals(Calibration(0.5, 1.0, 1.0, maxOf(older.height, older.width)), older.calibration)
        val newer = parsed("\"even_odds\": 0.25, \"motion_odds\": 0.4, \"file_even_odds\": {\"a.tflite\": 0.7},")
        assertEquals(listOf(0.25, 0.4), listOf(newer.calibration.evenOdds, newer.calibration.motionOdds))
        assertEquals(listOf(0.7, 0.25), listOf("a.tflite", "b.tflite").map { newer.calibrationOf(it).evenOdds })
        for (wrong in listOf("0", "-1", "1e999", "null", "true", "\"0.03\"")) {
            for (name in listOf("even_odds", "motion_odds")) refused(name) { parsed("\"$name\": $wrong,") }
            refused("file_even_odds") { parsed("\"file_even_odds\": {\"a.tflite\": $wrong},") }
        }
    }

    @Test
    fun contractsThatCannotBeFollowedAreRefused() {
        val good = shipped()
        Contract.parse(good)
        refused("stretch") { Contract.parse(good.replace("\"stretch\"", "\"pad\"")) }
        refused("channels") { Contract.parse(good.replace("\"RGB\"", "\"BGR\"")) }
        refused("0 to 255") { Contract.parse(good.replace("255.0", "1.0")) }
        refused("height") { Contract.parse(good.replace("\"height\"", "\"tallness\"")) }
        refused("classes") { Contract.parse(good.replace("\"motion\"", "\"emotion\"")) }
        refused("multiple") { Contract.parse(good.replace(Regex("\"output_stride\": *[0-9]+"), "\"output_stride\": 7")) }
        refused("JSON") { Contract.parse(good.dropLast(5)) }
        refused("object") { Contract.parse("[]") }
    }

    @Test
    fun framesThatAreNoneAreRefused() {
        val preparer = Preparer(contract(4, 4))
        refused("too few") { preparer.prepare(ByteBuffer.allocate(15), 2, 2, 8, 0) }
        refused("rotation") { preparer.prepare(ByteBuffer.allocate(16), 2, 2, 8, 45) }
        refused("stride") { preparer.prepare(ByteBuffer.allocate(16), 2, 2, 7, 0) }
    }

    @Test
    fun theLastRowMayLackItsPadding() {
        val whole = Golden.frame(5, 3, 1, 20)
        val short = ByteBuffer.allocate(4 * 20 + 12).apply { for (i in 0 until limit()) put(i, whole.get(i)) }
        assertArrayEquals(
            Preparer(contract(4, 4)).prepare(whole, 5, 3, 20, 90),
            Preparer(contract(4, 4)).prepare(short, 5, 3, 20, 90),
        )
    }

    @Test
    fun aPreparerServesFramesOfChangingSizes() {
        val preparer = Preparer(contract(16, 16))
        for ((height, width, rotation) in listOf(Triple(40, 30, 0), Triple(9, 50, 90), Triple(40, 30, 270), Triple(8, 8, 0))) {
            val frame = Golden.frame(height, width, 3, 4 * width)
            val expected = Preparer(contract(16, 16)).prepare(frame, height, width, 4 * width, rotation)
            assertArrayEquals(expected, preparer.prepare(frame, height, width, 4 * width, rotation))
        }
    }

    @Test
    fun mapsThatAreNoneAreRefused() {
        refused("probabilities") { BlurMap(2, 2, 3, FloatArray(11)) }
        refused("probabilities") { BlurMap(2, 2, 4, FloatArray(16)) }
        refused("finite") { BlurMap(1, 1, 2, floatArrayOf(Float.NaN, 1f)) }
        refused("region") { Region(0.5, 0.5, 0.6, 0.1) }
        refused("region") { Region(0.0, 0.0, Double.NaN, 0.1) }
    }

    @Test
    fun warningsNeverFlickerAndNeverStick() {
        for (seed in 0L until 20) {
            val random = Random(seed)
            val warnings = Warnings()
            var time = 0.0
            var changed: Double? = null
            var shown = false
            repeat(1500) {
                time += 0.01 + random.nextDouble() * 0.2
                val alert = warnings.update(time, minOf(1.0, 2 * random.nextDouble()), BlurType.entries[random.nextInt(3)])
                assertEquals(alert.shown && !shown, alert.appeared)
                if (alert.shown != shown) {
                    changed?.let { assertTrue(time - it >= (if (shown) Warnings.SHOWN_FOR else Warnings.HIDDEN_FOR)) }
                    changed = time
                    shown = alert.shown
                }
            }
            repeat(20) { time += 0.1; shown = warnings.update(time, 0.0, BlurType.MOTION).shown }
            assertFalse(shown)
        }
    }

    @Test
    fun wrongFramesAreRefused() {
        refused("finite") { Warnings().update(Double.NaN, 0.5, BlurType.MOTION) }
        refused("finite") { Warnings().update(0.0, Double.POSITIVE_INFINITY, BlurType.MOTION) }
        refused("finite") { Warnings().update(0.0, null, BlurType.MOTION) }
        refused("finite") { Warnings().update(0.0, 0.5, null) }
    }

    @Test
    fun sharpIsClearAndBlurHasItsColour() {
        val map = BlurMap(1, 4, 3, floatArrayOf(1f, 0f, 0f, 0f, 1f, 0f, 0f, 0f, 1f, 0.5f, 0.5f, 0f))
        val (sharp, motion, defocus, half) = Tint.of(map).toList()
        assertEquals(0, sharp ushr 24)
        assertEquals(0x80d55e00.toInt(), motion)
        assertEquals(0x800072b2.toInt(), defocus)
        assertTrue(half ushr 24 in 1 until 0x80 && half and 0xffffff == 0xd55e00)
        assertEquals(0x80cc79a7.toInt(), Tint.of(BlurMap(1, 1, 2, floatArrayOf(0f, 1f)))[0])
    }

    @Test
    fun aCommentLeavesThePictureAsItIs() {
        val image = BufferedImage(20, 10, BufferedImage.TYPE_INT_RGB).apply { setRGB(3, 4, 0x80ff20) }
        val file = ByteArrayOutputStream().also { ImageIO.write(image, "jpg", it) }.toByteArray()
        val commented = Jpeg.withComment(file, "{\"score\": 0.5, \"é\": 1}")
        assertTrue(String(commented, Charsets.UTF_8).contains("\"é\""))
        val (before, after) = listOf(file, commented).map { ImageIO.read(it.inputStream()) }
        for (row in 0 until 10) for (column in 0 until 20) assertEquals(before.getRGB(column, row), after.getRGB(column, row))
        val jfif = file.copyOfRange(0, 20)
        assertArrayEquals(jfif, commented.copyOfRange(0, 20)) // JFIF's segment stays first
        refused("not a JPEG") { Jpeg.withComment(byteArrayOf(1, 2, 3, 4, 5), "") }
        refused("more than") { Jpeg.withComment(file, "x".repeat(70000)) }
    }

    @Test
    fun whatFailsIsClosedAndTheNextWayTakesItsPlace() {
        val log = ArrayList<String>()
        class Network(val way: String) : AutoCloseable {
            fun run(work: () -> String) = "$way: ${work()}"
            override fun close() { log += "closed $way" }
        }
        val fallback = Fallback(listOf("A", "B", "C"), warn = { log += it }) { way: String ->
            if (way == "B") throw UnsatisfiedLinkError("no library")
            Network(way).also { log += "opened $way" }
        }
        val failing = { network: Network -> if (network.way == "A") error("lost") else network.run { "found" } }
        assertEquals("A: found", fallback.attempt { it.run { "found" } })
        assertEquals("C: found", fallback.attempt(failing))
        assertEquals("C: found", fallback.attempt(failing))
        repeat(2) {
            val end = assertThrows(IllegalStateException::class.java) { fallback.attempt { error("lost too") } }
            assertEquals("A: lost; B: no library; C: lost too", end.message)
        }
        fallback.close()
        assertEquals(
            listOf("opened A", "A: lost", "closed A", "B: no library", "opened C", "C: lost too", "closed C"),
            log,
        )
    }

    @Test
    fun aPhotoThatCannotBeJudgedIsSavedAsItIs() {
        val photo = byteArrayOf(-1, 0xd8.toByte(), -1, 0xd9.toByte(), 0)
        val verdict = Verdict.of(BlurMap(1, 1, 2, floatArrayOf(0f, 1f)), Calibration())
        fun saved(judge: (File) -> Verdict?): Pair<Verdict?, String> {
            val file = File.createTempFile("photo", ".jpg").apply { writeBytes(photo) }
            lateinit var written: ByteArray
            val found = Photo.save(file, judge) { written = it }
            assertFalse(file.exists())
            return found to String(written, Charsets.ISO_8859_1)
        }
        val asItIs = null to String(photo, Charsets.ISO_8859_1)
        assertEquals(asItIs, saved { throw IllegalArgumentException("expected finite probabilities") })
        assertEquals(asItIs, saved { null })
        val (found, written) = saved { verdict }
        assertEquals(verdict, found)
        assertTrue(written.contains(verdict.toJson()))
    }

    private fun assertRegion(expected: List<Double>, found: Region?) {
        val sides = found!!.run { listOf(row, column, height, width) }
        expected.zip(sides).forEach { (wanted, side) -> assertEquals(expected.toString(), wanted, side, 1e-9) }
    }

    @Test
    fun facesOfTheSensorBecomeRegionsOfTheUprightFrame() {
        val face = intArrayOf(1000, 600, 2000, 1600) // its inner part: 1200 to 1800, 800 to 1400
        fun region(rotation: Int, width: Int = 640, height: Int = 480) =
            Faces.region(listOf(intArrayOf(0, 0, 50, 50), face), 4000, 3000, width, height, rotation)
        val (x, y, wide, high) = listOf(1200.0 / 4000, 800.0 / 3000, 600.0 / 4000, 600.0 / 3000)
        assertRegion(listOf(y, x, high, wide), region(0))
        assertRegion(listOf(x, 1 - y - high, wide, high), region(90))
        assertRegion(listOf(1 - y - high, 1 - x - wide, high, wide), region(180))
        assertRegion(listOf(1 - x - wide, y, wide, high), region(270))
        // A frame of 16 to 9 shows the middle 2250 of the sensor's 3000 rows.
        assertRegion(listOf((800.0 - 375) / 2250, x, 600.0 / 2250, wide), region(0, 1280, 720))
        refused("rotation") { region(45) }
        assertNull(Faces.region(emptyList(), 4000, 3000, 640, 480, 0))
        assertNull(Faces.region(listOf(intArrayOf(100, 0, 400, 300)), 4000, 3000, 1280, 720, 0)) // above the frame
    }

    @Test
    fun aScoreOfOneHalfIsAtTheEvenOdds() {
        for (evenOdds in listOf(0.003, 0.03, 1.0, 20.0)) {
            val blurred = (evenOdds / (1 + evenOdds)).toFloat()
            val map = BlurMap(2, 3, 2, FloatArray(12) { if (it % 2 == 0) 1 - blurred else blurred })
            assertEquals(0.5, Verdict.of(map, Calibration(evenOdds = evenOdds)).score!!, 1e-4)
        }
    }

    @Test
    fun aSharpMapHasNoWarningAndABlurredOneNoBox() {
        assertFalse(Verdict.of(BlurMap(2, 2, 3, FloatArray(12) { if (it % 3 == 0) 1f else 0f }), Calibration()).warn)
        assertNull(Verdict.of(BlurMap(2, 2, 3, FloatArray(12) { if (it % 3 == 1) 1f else 0f }), Calibration()).sharpBox)
    }
}
