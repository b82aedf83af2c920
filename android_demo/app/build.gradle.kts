import org.jetbrains.kotlin.gradle.dsl.JvmTarget

plugins {
    alias(libs.plugins.android.application)
    alias(libs.plugins.kotlin.android)
}

android {
    namespace = "org.kerasblur.demo"
    compileSdk = 36

    defaultConfig {
        applicationId = "org.kerasblur.demo"
        minSdk = 23
        targetSdk = 34
        versionCode = 1
        versionName = "1.0"
        ndk {
            abiFilters += listOf("arm64-v8a", "armeabi-v7a", "x86_64")
        }
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_1_8
        targetCompatibility = JavaVersion.VERSION_1_8
    }

    androidResources {
        noCompress += "tflite" // so that the runtime can map the file into memory
    }
}

kotlin {
    compilerOptions {
        jvmTarget.set(JvmTarget.JVM_1_8)
    }
}

// The network that ships with the Python package, with its contract: kept once, copied here.
val network = rootDir.resolve("../keras_blur/pretrained/mobile")
val assets = layout.buildDirectory.dir("network")
val copyNetwork = tasks.register<Copy>("copyNetwork") {
    from(network) {
        include("contract.json", "mobile_float16.tflite", "mobile_int8.tflite")
    }
    into(assets)
    doLast {
        val missing = listOf("contract.json", "mobile_float16.tflite", "mobile_int8.tflite").filterNot { assets.get().file(it).asFile.exists() }
        check(missing.isEmpty()) { "not in $network: $missing; make them with python -m export --system mobile" }
    }
}
android.sourceSets["main"].assets.srcDir(assets)
tasks.named("preBuild") { dependsOn(copyNetwork) }

dependencies {
    implementation(project(":core"))
    implementation(libs.androidx.core.ktx)
    implementation(libs.androidx.activity)
    implementation(libs.androidx.lifecycle.runtime)
    implementation(libs.androidx.camera.core)
    implementation(libs.androidx.camera.camera2)
    implementation(libs.androidx.camera.lifecycle)
    implementation(libs.androidx.camera.view)
    implementation(libs.litert)
}
