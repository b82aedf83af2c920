package org.kerasblur.demo

import android.content.Context
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.Paint
import android.graphics.RectF
import android.util.AttributeSet
import android.view.MotionEvent
import android.view.View
import org.kerasblur.core.Region
import org.kerasblur.core.Tint

/** Draws the blur and the chosen subject over the camera's picture, and reports taps. */
class OverlayView @JvmOverloads constructor(context: Context, attributes: AttributeSet? = null) :
    View(context, attributes) {

    /** Called with a tap's place, as fractions of the picture's height and width and in pixels of this view. */
    var onTap: (row: Double, column: Double, x: Float, y: Float) -> Unit = { _, _, _, _ -> }

    /** Whether the picture is mirrored, as a front camera's is; frames never are. */
    var mirrored = false

    private var tint: Bitmap? = null
    private var region: Region? = null
    private var aspect = 0f
    private val picture = RectF()
    private val smooth = Paint(Paint.FILTER_BITMAP_FLAG)
    private val line = Paint(Paint.ANTI_ALIAS_FLAG).apply {
        style = Paint.Style.STROKE
        color = Color.WHITE
        strokeWidth = 2 * resources.displayMetrics.density
    }
    private var tapX = 0f
    private var tapY = 0f

    fun show(seen: Seen, withTint: Boolean) {
        aspect = seen.aspect
        region = seen.region
        tint = if (withTint) tinted(seen) else null
        invalidate()
    }

    fun clear() {
        tint = null
        region = null
        invalidate()
    }

    private fun tinted(seen: Seen): Bitmap {
        val map = seen.map
        val bitmap = tint?.takeIf { it.width == map.width && it.height == map.height }
            ?: Bitmap.createBitmap(map.width, map.height, Bitmap.Config.ARGB_8888)
        bitmap.setPixels(Tint.of(map), 0, map.width, 0, 0, map.width, map.height)
        return bitmap
    }

    override fun onDraw(canvas: Canvas) {
        if (!place()) return
        canvas.save()
        if (mirrored) canvas.scale(-1f, 1f, picture.centerX(), picture.centerY())
        tint?.let { canvas.drawBitmap(it, null, picture, smooth) }
        region?.let {
            canvas.drawRect(
                picture.left + (it.column * picture.width()).toFloat(),
                picture.top + (it.row * picture.height()).toFloat(),
                picture.left + ((it.column + it.width) * picture.width()).toFloat(),
                picture.top + ((it.row + it.height) * picture.height()).toFloat(),
                line,
            )
        }
        canvas.restore()
    }

    /** Puts the picture where PreviewView's FIT_CENTER puts it. Returns false before the first frame. */
    private fun place(): Boolean {
        if (aspect == 0f || width == 0 || height == 0) return false
        val wide = minOf(width.toFloat(), height * aspect)
        val high = wide / aspect
        picture.set((width - wide) / 2, (height - high) / 2, (width + wide) / 2, (height + high) / 2)
        return true
    }

    override fun onTouchEvent(event: MotionEvent): Boolean {
        tapX = event.x
        tapY = event.y
        return super.onTouchEvent(event) // calls performClick
    }

    override fun performClick(): Boolean {
        super.performClick()
        if (!place()) return true
        if (!picture.contains(tapX, tapY)) { // a click of a screen reader or a keyboard: the middle
            tapX = picture.centerX()
            tapY = picture.centerY()
        }
        val across = (tapX - picture.left) / picture.width()
        val column = if (mirrored) 1 - across else across
        onTap(((tapY - picture.top) / picture.height()).toDouble(), column.toDouble(), tapX, tapY)
        return true
    }
}
