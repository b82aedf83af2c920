package org.kerasblur.demo

import android.Manifest
import android.app.AlertDialog
import android.content.Intent
import android.content.pm.PackageManager
import android.graphics.drawable.GradientDrawable
import android.hardware.display.DisplayManager
import android.net.Uri
import android.os.Bundle
import android.os.Handler
import android.os.Looper
import android.view.HapticFeedbackConstants
import android.view.View
import android.widget.Button
import android.widget.TextView
import android.widget.Toast
import androidx.activity.ComponentActivity
import androidx.activity.result.contract.ActivityResultContracts
import androidx.camera.core.Camera
import androidx.camera.core.CameraSelector
import androidx.camera.core.FocusMeteringAction
import androidx.camera.core.ImageAnalysis
import androidx.camera.core.ImageCapture
import androidx.camera.core.ImageCaptureException
import androidx.camera.core.Preview
import androidx.camera.core.resolutionselector.AspectRatioStrategy
import androidx.camera.core.resolutionselector.ResolutionSelector
import androidx.camera.core.resolutionselector.ResolutionStrategy
import androidx.camera.lifecycle.ProcessCameraProvider
import androidx.camera.view.PreviewView
import androidx.core.app.ActivityCompat
import androidx.core.content.ContextCompat
import java.io.File
import java.util.UUID
import java.util.concurrent.ExecutorService
import java.util.concurrent.Executors
import org.kerasblur.core.Alert
import org.kerasblur.core.BlurType
import org.kerasblur.core.Region
import org.kerasblur.core.Verdict
import org.kerasblur.core.Warnings

/**
 * The camera's picture, the blur over it, and the warning.
 *
 * CameraX stops and starts the camera as the activity leaves the screen and comes back. Frames are judged on a thread
 * of their own; a frame that comes while another is judged is dropped, so nothing waits.
 */
class MainActivity : ComponentActivity() {
    private lateinit var settings: Settings
    private lateinit var analyzer: FrameAnalyzer
    private lateinit var saver: PhotoSaver
    private lateinit var preview: PreviewView
    private lateinit var overlay: OverlayView
    private lateinit var chip: TextView
    private lateinit var timing: TextView
    private lateinit var whole: Button

    private val analysisThread: ExecutorService = Executors.newSingleThreadExecutor()
    private val handler = Handler(Looper.getMainLooper())
    private val hideWarning = Runnable {
        chip.visibility = View.GONE
        overlay.clear()
    }
    private var deniedForGood = false
    private var camera: Camera? = null
    private var analysis: ImageAnalysis? = null
    private var capture: ImageCapture? = null

    private val askForCamera =
        registerForActivityResult(ActivityResultContracts.RequestPermission()) { allowed -> onPermission(allowed) }

    private val rotationListener = object : DisplayManager.DisplayListener {
        override fun onDisplayAdded(id: Int) = Unit
        override fun onDisplayRemoved(id: Int) = Unit
        override fun onDisplayChanged(id: Int) = followRotation()
    }

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        setContentView(R.layout.main)
        preview = find(R.id.preview)
        overlay = find(R.id.overlay)
        chip = find(R.id.chip)
        timing = find(R.id.timing)
        whole = find(R.id.whole)
        preview.scaleType = PreviewView.ScaleType.FIT_CENTER

        settings = Settings(this)
        analyzer = FrameAnalyzer(
            this,
            settings,
            show = { seen -> handler.post { show(seen) } },
            fail = { reason -> handler.post { onNetworkFailed(reason) } },
        )
        saver = PhotoSaver(this, analyzer::judge)
        overlay.onTap = ::onTap
        whole.setOnClickListener { choose(null) }
        find<View>(R.id.shutter).setOnClickListener { takePhoto() }
        find<View>(R.id.settings).setOnClickListener { showSettings() }
        displays().registerDisplayListener(rotationListener, handler)
        if (!isAllowed()) askForCamera.launch(Manifest.permission.CAMERA)
    }

    /** Runs also after a visit to the phone's settings, where the permission may have changed. */
    override fun onResume() {
        super.onResume()
        if (!isAllowed()) {
            askForPermission()
        } else if (camera == null) {
            startCamera()
        }
    }

    override fun onDestroy() {
        super.onDestroy()
        displays().unregisterDisplayListener(rotationListener)
        handler.removeCallbacksAndMessages(null)
        analysisThread.execute(analyzer::close)
        analysisThread.shutdown()
    }

    private fun <T : View> find(id: Int): T = ActivityCompat.requireViewById(this, id)

    private fun displays() = getSystemService(DISPLAY_SERVICE) as DisplayManager

    private fun isAllowed() =
        ContextCompat.checkSelfPermission(this, Manifest.permission.CAMERA) == PackageManager.PERMISSION_GRANTED

    private fun onPermission(allowed: Boolean) {
        deniedForGood = !allowed && !shouldShowRequestPermissionRationale(Manifest.permission.CAMERA)
        if (allowed) startCamera() else askForPermission()
    }

    private fun askForPermission() {
        if (!deniedForGood) {
            showPanel(R.string.permission_needed, R.string.allow_camera) { askForCamera.launch(Manifest.permission.CAMERA) }
            return
        }
        showPanel(R.string.permission_denied, R.string.open_settings) { // Android won't ask again
            val page = Uri.fromParts("package", packageName, null)
            startActivity(Intent(android.provider.Settings.ACTION_APPLICATION_DETAILS_SETTINGS, page))
        }
    }

    private fun startCamera() {
        hidePanel()
        val starting = ProcessCameraProvider.getInstance(this)
        starting.addListener({
            try {
                bind(starting.get())
            } catch (failure: Exception) { // of the future, or because the camera can't give these streams
                showPanel(getString(R.string.camera_failed, failure.message), R.string.try_again) { startCamera() }
            }
        }, ContextCompat.getMainExecutor(this))
    }

    private fun bind(provider: ProcessCameraProvider) {
        val selector = listOf(CameraSelector.DEFAULT_BACK_CAMERA, CameraSelector.DEFAULT_FRONT_CAMERA)
            .firstOrNull { provider.hasCamera(it) }
        if (selector == null) {
            showPanel(R.string.no_camera, R.string.try_again) { startCamera() }
            return
        }
        overlay.mirrored = selector == CameraSelector.DEFAULT_FRONT_CAMERA
        // All streams have one shape, so that overlay and photo show what the preview shows.
        val shape = ResolutionSelector.Builder()
            .setAspectRatioStrategy(AspectRatioStrategy.RATIO_4_3_FALLBACK_AUTO_STRATEGY)
        val looking = Preview.Builder().setResolutionSelector(shape.build())
        SensorFaces.watch(looking) { analyzer.faces = it }
        val picture = looking.build()
        picture.setSurfaceProvider(preview.surfaceProvider)
        val photo = ImageCapture.Builder().setResolutionSelector(shape.build()).build()
        shape.setResolutionStrategy(ResolutionStrategy(FRAME_SIZE, ResolutionStrategy.FALLBACK_RULE_CLOSEST_HIGHER_THEN_LOWER))
        val frames = ImageAnalysis.Builder()
            .setResolutionSelector(shape.build())
            .setBackpressureStrategy(ImageAnalysis.STRATEGY_KEEP_ONLY_LATEST)
            .setOutputImageFormat(ImageAnalysis.OUTPUT_IMAGE_FORMAT_RGBA_8888)
            .build()
        frames.setAnalyzer(analysisThread, analyzer)
        provider.unbindAll()
        camera = provider.bindToLifecycle(this, selector, picture, photo, frames)
        capture = photo
        analysis = frames
        followRotation()
    }

    private fun followRotation() {
        val rotation = preview.display?.rotation ?: return
        analysis?.targetRotation = rotation
        capture?.targetRotation = rotation
    }

    private fun show(seen: Seen) {
        overlay.show(seen, settings.overlay)
        showState(State.of(seen.alert))
        if (seen.alert.appeared && settings.vibrate) chip.performHapticFeedback(HapticFeedbackConstants.LONG_PRESS)
        timing.visibility = if (settings.timing) View.VISIBLE else View.GONE
        if (settings.timing) {
            timing.text = getString(
                R.string.timing, seen.processor, seen.prepareTime, seen.networkTime, seen.verdictTime,
                Math.round(seen.frameRate), seen.verdict.score ?: Double.NaN,
            )
        }
        // If frames stop, the warning ends too.
        handler.removeCallbacks(hideWarning)
        handler.postDelayed(hideWarning, (1000 * Warnings.LONGEST_GAP).toLong())
    }

    /** What the chip says: its text and colour. */
    private enum class State(val text: Int, val colour: Int) {
        MOTION(R.string.warning_motion, R.color.motion),
        DEFOCUS(R.string.warning_defocus, R.color.defocus),
        BLUR(R.string.warning_blur, R.color.motion),
        NOTHING(R.string.nothing_to_judge, R.color.shade),
        SHARP(R.string.sharp, R.color.sharp),
        ;

        companion object {
            /** The state for an alert; null while the app is not sure. */
            fun of(alert: Alert) = when (alert.reason) {
                BlurType.MOTION -> MOTION
                BlurType.DEFOCUS -> DEFOCUS
                BlurType.BLUR -> BLUR
                null -> if (!alert.judged) NOTHING else SHARP.takeIf { alert.score <= Verdict.WARN_SCORE }
            }
        }
    }

    /** Shows a state. Text is set only if it changes, so that a screen reader speaks it once. */
    private fun showState(state: State?) {
        if (state == null) {
            chip.visibility = View.GONE
            return
        }
        val text = getString(state.text)
        if (chip.visibility != View.VISIBLE || text != chip.text.toString()) {
            (chip.background.mutate() as GradientDrawable).setColor(ContextCompat.getColor(this, state.colour))
            chip.visibility = View.VISIBLE
            chip.text = text
        }
    }

    private fun onTap(row: Double, column: Double, x: Float, y: Float) {
        val chosen = analyzer.region
        val again = chosen != null && row - chosen.row in 0.0..chosen.height && column - chosen.column in 0.0..chosen.width
        choose(if (again) null else Region.around(row, column))
        if (!again) {
            val point = preview.meteringPointFactory.createPoint(x, y)
            camera?.cameraControl?.startFocusAndMetering(FocusMeteringAction.Builder(point).build())
        }
    }

    private fun choose(region: Region?) {
        analyzer.region = region
        whole.visibility = if (region == null) View.INVISIBLE else View.VISIBLE
        overlay.announceForAccessibility(getString(if (region == null) R.string.subject_cleared else R.string.subject_chosen))
        if (region == null) camera?.cameraControl?.cancelFocusAndMetering()
    }

    private fun takePhoto() {
        val file = File(cacheDir, "${UUID.randomUUID()}.jpg") // the next shot may come before this one is judged
        val written = object : ImageCapture.OnImageSavedCallback {
            override fun onImageSaved(results: ImageCapture.OutputFileResults) {
                try {
                    say(getString(saved(saver.save(file))))
                } catch (failure: Exception) { // of the storage; Android doesn't say which ones
                    say(getString(R.string.not_saved, failure.message))
                }
            }

            override fun onError(failure: ImageCaptureException) {
                file.delete()
                say(getString(R.string.not_saved, failure.message))
            }
        }
        capture?.takePicture(ImageCapture.OutputFileOptions.Builder(file).build(), analysisThread, written)
    }

    private fun saved(verdict: Verdict?) = when {
        verdict == null -> R.string.saved_unjudged
        !verdict.judged -> R.string.saved_nothing
        !verdict.warn -> R.string.saved_sharp
        else -> when (verdict.type) {
            BlurType.MOTION -> R.string.saved_motion
            BlurType.DEFOCUS -> R.string.saved_defocus
            BlurType.BLUR, null -> R.string.saved_blur
        }
    }

    private fun say(text: String) {
        handler.post { Toast.makeText(this, text, Toast.LENGTH_LONG).show() }
    }

    private fun showSettings() {
        val switches = Settings.Switch.entries
        AlertDialog.Builder(this)
            .setTitle(R.string.settings)
            .setMultiChoiceItems(
                switches.map { getString(it.text) }.toTypedArray(),
                switches.map { settings[it] }.toBooleanArray(),
            ) { _, which, on -> settings[switches[which]] = on }
            .setPositiveButton(R.string.done, null)
            .show()
    }

    private fun onNetworkFailed(reason: String) {
        showPanel(getString(R.string.network_failed, reason), R.string.try_again) {
            hidePanel()
            analysisThread.execute(analyzer::retry)
        }
    }

    private fun showPanel(text: Int, button: Int, onClick: () -> Unit) = showPanel(getString(text), button, onClick)

    private fun showPanel(text: String, button: Int, onClick: () -> Unit) {
        find<TextView>(R.id.panel_text).text = text
        find<Button>(R.id.panel_button).apply {
            setText(button)
            setOnClickListener { onClick() }
        }
        find<View>(R.id.panel).visibility = View.VISIBLE
    }

    private fun hidePanel() {
        find<View>(R.id.panel).visibility = View.GONE
    }

    private companion object {
        val FRAME_SIZE = android.util.Size(640, 480)
    }
}
