package org.kerasblur.demo

import android.graphics.Rect
import android.hardware.camera2.CameraCaptureSession
import android.hardware.camera2.CameraMetadata
import android.hardware.camera2.CaptureRequest
import android.hardware.camera2.CaptureResult
import android.hardware.camera2.TotalCaptureResult
import androidx.annotation.OptIn
import androidx.camera.camera2.interop.Camera2Interop
import androidx.camera.camera2.interop.ExperimentalCamera2Interop
import androidx.camera.core.Preview
import org.kerasblur.core.Faces
import org.kerasblur.core.Region

/** The faces that the camera's own detector found, in pixels of the part of the sensor that is read. */
class SensorFaces(private val boxes: List<IntArray>, private val sensor: Rect) {
    /** The largest face in an upright frame; null if there is none. */
    fun regionIn(frameWidth: Int, frameHeight: Int, rotation: Int): Region? =
        Faces.region(boxes, sensor.width(), sensor.height(), frameWidth, frameHeight, rotation)

    companion object {
        /** Asks the camera to look for faces, which costs nothing; a camera that can't gives none. */
        @OptIn(ExperimentalCamera2Interop::class)
        fun watch(preview: Preview.Builder, found: (SensorFaces) -> Unit) {
            Camera2Interop.Extender(preview)
                .setCaptureRequestOption(
                    CaptureRequest.STATISTICS_FACE_DETECT_MODE,
                    CameraMetadata.STATISTICS_FACE_DETECT_MODE_SIMPLE,
                )
                .setSessionCaptureCallback(object : CameraCaptureSession.CaptureCallback() {
                    override fun onCaptureCompleted(
                        session: CameraCaptureSession,
                        request: CaptureRequest,
                        result: TotalCaptureResult,
                    ) = of(result)?.let(found) ?: Unit
                })
        }

        private fun of(result: CaptureResult): SensorFaces? {
            val sensor = result.get(CaptureResult.SCALER_CROP_REGION) ?: return null
            val faces = result.get(CaptureResult.STATISTICS_FACES) ?: return null
            val boxes = faces.map { it.bounds }.map { box ->
                intArrayOf(box.left - sensor.left, box.top - sensor.top, box.right - sensor.left, box.bottom - sensor.top)
            }
            return SensorFaces(boxes, sensor)
        }
    }
}
