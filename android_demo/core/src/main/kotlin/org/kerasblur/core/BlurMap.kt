package org.kerasblur.core

/**
 * Probabilities of each class for every cell of a photo.
 *
 * @property values Row by row, the [channels] of a cell together: sharp, motion, defocus, or sharp, blurred.
 */
class BlurMap(val height: Int, val width: Int, val channels: Int, val values: FloatArray) {
    init {
        require(channels in 2..3 && height > 0 && width > 0 && values.size == height * width * channels) {
            "expected height x width x 2 or 3 probabilities, received ${values.size} for $height x $width x $channels"
        }
        require(values.all { it.isFinite() }) { "expected finite probabilities" }
    }

    operator fun get(row: Int, column: Int, channel: Int) = values[(row * width + column) * channels + channel]
}
