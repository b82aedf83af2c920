package org.kerasblur.core

/** Writes a comment, such as a verdict, into a JPEG file without changing its picture. */
object Jpeg {
    private const val MARKER = 0xff.toByte()
    private const val START = 0xd8.toByte()
    private const val COMMENT = 0xfe.toByte()
    private const val LONGEST = 65533

    /** The file with [text] (UTF-8, at most 65,533 bytes) as a comment after its application segments. */
    fun withComment(file: ByteArray, text: String): ByteArray {
        require(file.size > 4 && file[0] == MARKER && file[1] == START) { "not a JPEG file" }
        val bytes = text.toByteArray(Charsets.UTF_8)
        require(bytes.size <= LONGEST) { "the comment has ${bytes.size} bytes, more than $LONGEST" }
        val at = afterApplicationSegments(file)
        val length = bytes.size + 2
        val head = byteArrayOf(MARKER, COMMENT, (length shr 8).toByte(), length.toByte())
        return file.copyOfRange(0, at) + head + bytes + file.copyOfRange(at, file.size)
    }

    /** JFIF and Exif must stay first. */
    private fun afterApplicationSegments(file: ByteArray): Int {
        var at = 2
        while (at + 4 <= file.size && file[at] == MARKER && (file[at + 1].toInt() and 0xf0) == 0xe0) {
            val length = ((file[at + 2].toInt() and 0xff) shl 8) or (file[at + 3].toInt() and 0xff)
            if (at + 2 + length > file.size) return at
            at += 2 + length
        }
        return at
    }
}
