package org.kerasblur.core

import kotlin.math.exp

/**
 * What to show at a moment.
 *
 * @property reason Null while nothing is shown.
 * @property score The smoothed score.
 * @property appeared The warning was not shown a moment ago: the time for a short vibration.
 */
data class Alert(val reason: BlurType?, val score: Double, val appeared: Boolean) {
    val shown get() = reason != null
}

/**
 * The warning over frames: it neither flickers nor sticks. `keras_blur.verdict.Frames`, defined in docs/verdict.md.
 *
 * Times are seconds on any clock that goes forward.
 */
class Warnings {
    private var time: Double? = null
    private var score = 0.0
    private val weights = DoubleArray(BlurType.entries.size)
    private var reason: BlurType? = null
    private var since: Double? = null
    private var changed = Double.NEGATIVE_INFINITY
    private var reasonChanged = Double.NEGATIVE_INFINITY

    /** Takes in the verdict of a frame that was taken at [time]. */
    fun update(time: Double, score: Double, type: BlurType): Alert {
        require(time.isFinite() && score.isFinite()) { "expected a finite time and score, received $time and $score" }
        val before = at(time).shown
        smooth(time, score, type)
        turn(time)
        return Alert(reason, this.score, reason != null && !before)
    }

    /** What to show at a time without a new frame: a warning does not outlive its frames for long. */
    fun at(time: Double): Alert {
        val last = this.time
        if (last != null && time - last !in 0.0..LONGEST_GAP) restart()
        return Alert(reason, score, false)
    }

    private fun restart() {
        time = null
        score = 0.0
        weights.fill(0.0)
        reason = null
        since = null
        changed = Double.NEGATIVE_INFINITY
        reasonChanged = Double.NEGATIVE_INFINITY
    }

    private fun smooth(now: Double, newScore: Double, type: BlurType) {
        val last = time
        if (last == null) {
            score = newScore
            weights[type.ordinal] = newScore
        } else {
            val typeShare = 1 - exp((last - now) / TYPE_SMOOTHING)
            score += (1 - exp((last - now) / SMOOTHING)) * (newScore - score)
            for (i in weights.indices) weights[i] += typeShare * ((if (i == type.ordinal) newScore else 0.0) - weights[i])
        }
        time = now
    }

    /** Shows or hides the warning, or changes its reason, if that is due. */
    private fun turn(now: Double) {
        val current = reason
        val due = if (current != null) score < QUIET_SCORE else score > Verdict.WARN_SCORE
        since = if (due) since ?: now else null
        val likeliest = BlurType.entries.maxByOrNull { weights[it.ordinal] }!! // the first of equals
        val wait = if (current != null) VANISH_AFTER else APPEAR_AFTER
        val rest = if (current != null) SHOWN_FOR else HIDDEN_FOR
        if (due && now - since!! >= wait && now - changed >= rest) {
            reason = if (current == null) likeliest else null
            since = null
            changed = now
            reasonChanged = now
        } else if (current != null && now - reasonChanged >= SHOWN_FOR &&
            weights[likeliest.ordinal] > OTHER_REASON * weights[current.ordinal]
        ) {
            reason = likeliest
            reasonChanged = now
        }
    }

    companion object {
        const val QUIET_SCORE = Verdict.WARN_SCORE - 0.1
        const val SMOOTHING = 0.2
        const val TYPE_SMOOTHING = 0.5
        const val APPEAR_AFTER = 0.3
        const val VANISH_AFTER = 0.2
        const val SHOWN_FOR = 1.0
        const val HIDDEN_FOR = 0.5
        const val OTHER_REASON = 2.0
        const val LONGEST_GAP = 2.0
    }
}
