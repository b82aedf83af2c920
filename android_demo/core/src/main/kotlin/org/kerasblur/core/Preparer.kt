package org.kerasblur.core

import java.nio.ByteBuffer

/**
 * Turns a camera's frame into a network's input, exactly as `keras_blur.processing.prepare` does with a photo.
 *
 * Keeps its buffers from frame to frame. So it belongs to one thread, and a result is valid until the next call.
 */
class Preparer(contract: Contract) {
    private val resizer = Resizer(contract.height, contract.width)
    private var upright = ByteArray(0)
    private var rows = 0
    private var columns = 0

    /**
     * @param rgba The frame as CameraX gives it: 4 bytes a pixel, the fourth ignored. The buffer's position stays.
     * @param rowStride Bytes from one row to the next, at least 4 [width].
     * @param rotation Clockwise degrees that turn the frame upright: 0, 90, 180 or 270.
     * @return RGB bytes of the input, row by row; as floats they are what a float model takes.
     */
    fun prepare(rgba: ByteBuffer, height: Int, width: Int, rowStride: Int, rotation: Int): ByteArray {
        require(height > 0 && width > 0 && rowStride >= 4 * width) { "no frame: $height x $width, stride $rowStride" }
        require(rgba.limit() >= (height - 1) * rowStride + 4 * width) { "the frame has ${rgba.limit()} bytes, too few" }
        rows = if (rotation % 180 == 0) height else width
        columns = if (rotation % 180 == 0) width else height
        if (upright.size < 3 * height * width) upright = ByteArray(3 * height * width)
        // The upright pixel (row, column) is the frame's at start + row * down + column * right, in bytes.
        val (start, down, right) = when (rotation) {
            0 -> Triple(0, rowStride, 4)
            90 -> Triple((height - 1) * rowStride, 4, -rowStride)
            180 -> Triple((height - 1) * rowStride + (width - 1) * 4, -rowStride, -4)
            270 -> Triple((width - 1) * 4, -4, rowStride)
            else -> throw IllegalArgumentException("rotation: expected 0, 90, 180 or 270, received $rotation")
        }
        var to = 0
        for (row in 0 until rows) {
            var from = start + row * down
            for (column in 0 until columns) {
                upright[to] = rgba.get(from)
                upright[to + 1] = rgba.get(from + 1)
                upright[to + 2] = rgba.get(from + 2)
                to += 3
                from += right
            }
        }
        return resizer.resize(upright, rows, columns)
    }

    /** Measures the last frame, or a [region] of it: whether there is anything to judge. */
    fun detail(region: Region?): Detail = Detail.of(upright, rows, columns, region)
}
