package org.kerasblur.demo

import android.content.ContentValues
import android.content.Context
import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.media.ExifInterface
import android.os.Build
import android.os.Environment
import android.provider.MediaStore
import java.io.File
import java.io.IOException
import java.nio.ByteBuffer
import java.text.SimpleDateFormat
import java.util.Date
import java.util.Locale
import org.kerasblur.core.Photo
import org.kerasblur.core.Verdict

/** Judges a photo that the camera has written, and saves it with its verdict as the file's comment. */
class PhotoSaver(private val context: Context, private val judge: (ByteBuffer, Int, Int, Int) -> Verdict?) {
    /** Moves [file] to the user's photos. Returns its verdict, if any. Throws what Android's storage throws. */
    fun save(file: File): Verdict? = Photo.save(file, ::verdict, ::write)

    private fun verdict(file: File): Verdict? {
        val size = BitmapFactory.Options().apply { inJustDecodeBounds = true }
        BitmapFactory.decodeFile(file.path, size)
        val options = BitmapFactory.Options().apply {
            // At least as large as a preview frame: a smaller picture looks sharper than it is.
            while (maxOf(size.outWidth, size.outHeight) / (2 * inSampleSize.coerceAtLeast(1)) >= SIDE) {
                inSampleSize = 2 * inSampleSize.coerceAtLeast(1)
            }
            inPreferredConfig = Bitmap.Config.ARGB_8888
        }
        val bitmap = BitmapFactory.decodeFile(file.path, options) ?: return null
        val pixels = ByteBuffer.allocate(bitmap.byteCount) // ARGB_8888 lies in memory as R, G, B, A
        bitmap.copyPixelsToBuffer(pixels)
        val verdict = judge(pixels, bitmap.height, bitmap.width, rotation(file))
        bitmap.recycle()
        return verdict
    }

    private fun rotation(file: File) =
        when (ExifInterface(file.path).getAttributeInt(ExifInterface.TAG_ORIENTATION, 0)) {
            ExifInterface.ORIENTATION_ROTATE_90 -> 90
            ExifInterface.ORIENTATION_ROTATE_180 -> 180
            ExifInterface.ORIENTATION_ROTATE_270 -> 270
            else -> 0
        }

    /** Writes into the gallery; before Android 10, where that takes another permission, into the app's own folder. */
    private fun write(bytes: ByteArray) {
        val name = SimpleDateFormat("yyyyMMdd_HHmmss_SSS", Locale.US).format(Date()) + ".jpg"
        if (Build.VERSION.SDK_INT < ANDROID_10) {
            val folder = context.getExternalFilesDir(Environment.DIRECTORY_PICTURES) ?: throw IOException("no storage")
            File(folder, name).writeBytes(bytes)
            return
        }
        val values = ContentValues().apply {
            put(MediaStore.MediaColumns.DISPLAY_NAME, name)
            put(MediaStore.MediaColumns.MIME_TYPE, "image/jpeg")
            put("relative_path", "${Environment.DIRECTORY_PICTURES}/Blur warning")
        }
        val resolver = context.contentResolver
        val place = resolver.insert(MediaStore.Images.Media.EXTERNAL_CONTENT_URI, values) ?: throw IOException("no storage")
        try {
            (resolver.openOutputStream(place) ?: throw IOException("no storage")).use { it.write(bytes) }
        } catch (failure: IOException) {
            resolver.delete(place, null, null)
            throw failure
        }
    }

    private companion object {
        const val SIDE = 640
        const val ANDROID_10 = 29
    }
}
