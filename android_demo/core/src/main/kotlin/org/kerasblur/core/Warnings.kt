package org.kerasblur.core

import kotlin.math.exp

/**
 * The warning at a moment.
 *
 * @property reason Null while nothing is shown.
 * @property score The smoothed score.
 * @property judged Whether the latest frames could be judged.
 * @property appeared Whether the warning has just appeared, which is when a phone vibrates.
 */
data class Alert(val reason: BlurType?, val score: Double, val judged: Boolean, val appeared: Boolean) {
    val shown get() = reason != null
}

/**
 * Makes a warning that neither flickers nor sticks from the verdicts of frames: `keras_blur.verdict.Frames`, defined in
 * docs/verdict.md.
 *
 * Times are seconds on any clock that goes forward.
 */
class Warnings {
    private var time: Double? = null
    private var score = 0.0
    private var judged = true
    private var unjudged = 0.0 // the smoothed share of frames without a verdict
    private val weights = DoubleArray(BlurType.entries.size)
    private var reason: BlurType? = null
    private var since: Double? = null
    private var changed = Double.NEGATIVE_INFINITY
    private var reasonChanged = Double.NEGATIVE_INFINITY

    /** Adds the verdict of a frame taken at [time]; score and type are null if it was not judged. Returns what to show. */
    fun update(time: Double, score: Double?, type: BlurType?): Alert {
        require(time.isFinite() && (score == null) == (type == null) && score?.isFinite() != false) {
            "expected a finite time and score with a type, or neither of the two, received $time, $score, $type"
        }
        val before = at(time).shown
        smooth(time, score, type)
        turn(time)
        return at(time).copy(appeared = reason != null && !before)
    }

    /** What to show at a time without a new frame. Some seconds after the last frame a warning ends. */
    fun at(time: Double): Alert {
        val last = this.time
        if (last != null && time - last !in 0.0..LONGEST_GAP) restart()
        return Alert(reason, score, judged, appeared = false)
    }

    private fun restart() {
        time = null
        score = 0.0
        judged = true
        unjudged = 0.0
        weights.fill(0.0)
        reason = null
        since = null
        changed = Double.NEGATIVE_INFINITY
        reasonChanged = Double.NEGATIVE_INFINITY
    }

    private fun smooth(now: Double, newScore: Double?, type: BlurType?) {
        fun share(constant: Double) = time?.let { 1 - exp((it - now) / constant) } ?: 1.0
        val share = share(SMOOTHING)
        score += share * ((newScore ?: 0.0) - score) // no verdict: nothing to warn of
        unjudged += share * ((if (newScore == null) 1.0 else 0.0) - unjudged)
        if (unjudged < JUDGED_BELOW) judged = true
        if (unjudged > UNJUDGED_ABOVE) judged = false
        val typeShare = share(TYPE_SMOOTHING)
        for (each in BlurType.entries) {
            weights[each.ordinal] += typeShare * ((newScore?.takeIf { each == type } ?: 0.0) - weights[each.ordinal])
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
        const val JUDGED_BELOW = 0.2
        const val UNJUDGED_ABOVE = 0.8
    }
}
