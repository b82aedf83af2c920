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
        minSdk = 24 // as LiteRT 2.3 declares
        targetSdk = 36
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

// A network with its contract, as keras-blur export writes them: by default what ships with the Python package.
val network = rootDir.resolve(providers.gradleProperty("network").getOrElse("../keras_blur/pretrained/mobile"))
val parts = listOf("contract.json", "_float16.tflite", "_int8.tflite")
val assets = layout.buildDirectory.dir("network")
val copyNetwork = tasks.register<Sync>("copyNetwork") {
    from(network) {
        include(parts.map { "*$it" })
    }
    into(assets)
}
android.sourceSets["main"].assets.srcDir(assets)
tasks.named("preBuild") {
    dependsOn(copyNetwork)
    doLast { // here, since Gradle skips a task that copies nothing
        val missing = parts.filter { part -> network.list().orEmpty().none { it.endsWith(part) } }
        check(missing.isEmpty()) {
            "not in $network: $missing; run `keras-blur export --output-dir FOLDER`, then build with -Pnetwork=FOLDER"
        }
    }
}

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
    implementation(libs.litert.gpu)
}
