package org.kerasblur.core

import java.io.File

/** A photo that the camera has written into a temporary file. */
object Photo {
    /**
     * Judges [file], writes it with its verdict as a comment, and deletes it. Returns the verdict.
     *
     * If [judge] fails or returns null, the photo is written as it is. Throws what reading and [write] throw.
     */
    fun save(file: File, judge: (File) -> Verdict?, write: (ByteArray) -> Unit): Verdict? {
        try {
            val verdict = try {
                judge(file)
            } catch (failure: Exception) {
                null
            }
            val bytes = file.readBytes()
            write(if (verdict == null) bytes else Jpeg.withComment(bytes, verdict.toJson()))
            return verdict
        } finally {
            file.delete()
        }
    }
}
