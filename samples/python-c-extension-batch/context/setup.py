from setuptools import Extension, find_packages, setup

setup(
    package_dir={"": "src"},
    packages=find_packages("src"),
    ext_modules=[
        Extension(
            "tariff._rate",
            ["native/rate.c", "native/digest.c"],
            depends=["native/digest.h"],
            libraries=["z", "m"],
            extra_compile_args=["-O2", "-Wall"],
        )
    ],
)
