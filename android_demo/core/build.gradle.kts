import org.jetbrains.kotlin.gradle.dsl.JvmTarget

plugins {
    alias(libs.plugins.kotlin.jvm)
}

java {
    sourceCompatibility = JavaVersion.VERSION_1_8
    targetCompatibility = JavaVersion.VERSION_1_8
}

kotlin {
    compilerOptions {
        jvmTarget.set(JvmTarget.JVM_1_8)
    }
}

dependencies {
    testImplementation(libs.junit)
}

tasks.test {
    systemProperty("golden", rootDir.resolve("../tests/golden"))
    systemProperty("network", rootDir.resolve("../keras_blur/pretrained/mobile"))
}
