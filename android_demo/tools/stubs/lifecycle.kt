// Stub for type-checking: see README.md.
@file:Suppress("unused")

package androidx.lifecycle

interface LifecycleOwner
