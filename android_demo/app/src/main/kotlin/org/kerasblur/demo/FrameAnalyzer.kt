package org.kerasblur.demo

import android.content.Context
import android.os.SystemClock
import androidx.camera.core.ImageAnalysis
import androidx.camera.core.ImageProxy
import java.nio.ByteBuffer
import org.kerasblur.core.Alert
import org.kerasblur.core.BlurMap
import org.kerasblur.core.Calibration
import org.kerasblur.core.Contract
import org.kerasblur.core.Fallback
import org.kerasblur.core.Preparer
import org.kerasblur.core.Region
import org.kerasblur.core.Verdict
import org.kerasblur.core.Warnings

/** What was found in a frame. `aspect` is the upright frame's width divided by its height; times are milliseconds. */
class Seen(
    val map: BlurMap,
    val verdict: Verdict,
    val alert: Alert,
    val region: Region?,
    val aspect: Float,
    val processor: String,
    val prepareTime: Long,
    val networkTime: Long,
    val verdictTime: Long,
    val frameRate: Double,
)

/**
 * Judges the camera's frames, one after the other. Other threads than the analysis thread may only set properties.
 *
 * @param show Called with what was found, on the same thread.
 * @param fail Called with the reason if the network can't run; frames are then dropped.
 */
class FrameAnalyzer(
    private val context: Context,
    private val settings: Settings,
    private val show: (Seen) -> Unit,
    private val fail: (String) -> Unit,
) : ImageAnalysis.Analyzer {
    /** What the user has chosen as the subject; set from any thread. */
    @Volatile
    var region: Region? = null

    /** The faces that the camera sees, if it looks for them; set from any thread. */
    @Volatile
    var faces: SensorFaces? = null

    private val contract = context.assets.open("contract.json").use { Contract.parse(it.reader().readText()) }
    private val preparer = Preparer(contract)
    private val warnings = Warnings()
    private var network: Fallback<Detector.Way, Detector>? = null
    private var onGpu = false
    private var failed = false
    private var lastFrame = 0L
    private var frameRate = 0.0

    override fun analyze(image: ImageProxy) {
        image.use { if (!failed) look(it) }
    }

    /** Judges a photo: its pixels as R, G, B, A, to be turned clockwise by [rotation]. Null if there is no network. */
    fun judge(rgba: ByteBuffer, height: Int, width: Int, rotation: Int): Verdict? {
        if (failed) return null
        val found = detect(preparer.prepare(rgba, height, width, 4 * width, rotation)) ?: return null
        return Verdict.of(found.map, found.calibration, preparer.detail(region), region)
    }

    /** Tries all ways of running the network again. */
    fun retry() {
        failed = false
    }

    fun close() {
        network?.close()
        network = null
        failed = true
    }

    private fun look(frame: ImageProxy) {
        val start = SystemClock.elapsedRealtimeNanos()
        val rotation = frame.imageInfo.rotationDegrees
        val plane = frame.planes[0]
        val pixels = preparer.prepare(plane.buffer, frame.height, frame.width, plane.rowStride, rotation)
        val prepared = SystemClock.elapsedRealtimeNanos()
        val found = detect(pixels) ?: return
        val detected = SystemClock.elapsedRealtimeNanos()
        val subject = region ?: faces?.regionIn(frame.width, frame.height, rotation).takeIf { settings.faces }
        val verdict = Verdict.of(found.map, found.calibration, preparer.detail(subject), subject)
        val alert = warnings.update(start * 1e-9, verdict.score, verdict.type)
        val judged = SystemClock.elapsedRealtimeNanos()
        countFrame(start)
        val upright = if (rotation % 180 == 0) frame.width.toFloat() / frame.height else frame.height.toFloat() / frame.width
        show(
            Seen(
                found.map, verdict, alert, subject, upright, found.processor,
                millis(prepared - start), millis(detected - prepared), millis(judged - detected), frameRate,
            ),
        )
    }

    private class Found(val map: BlurMap, val calibration: Calibration, val processor: String)

    /** The blur map of a prepared frame; null if the network can't run. */
    private fun detect(pixels: ByteArray): Found? {
        val useGpu = settings.useGpu
        if (onGpu != useGpu) {
            network?.close()
            network = null
            onGpu = useGpu
        }
        val ways = network ?: Detector.fallback(context, contract, useGpu).also { network = it }
        return try {
            ways.attempt { Found(it.detect(pixels), it.calibration, it.processor) }
        } catch (failure: IllegalStateException) {
            close()
            fail(failure.message ?: "unknown")
            null
        }
    }

    private fun countFrame(time: Long) {
        if (lastFrame != 0L) {
            val rate = 1e9 / maxOf(1L, time - lastFrame)
            frameRate = if (frameRate == 0.0) rate else 0.9 * frameRate + 0.1 * rate
        }
        lastFrame = time
    }

    private fun millis(nanos: Long) = Math.round(nanos * 1e-6)
}
