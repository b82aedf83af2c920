"""Making blur: kernels, compositing with soft mattes in linear light, camera response and noise.

Everything is NumPy and OpenCV, and nothing holds state: whatever is random takes a
`numpy.random.Generator`, so that the same seed gives the same picture. Lengths, radii and extents are in
pixels, angles in degrees anticlockwise from the direction of growing columns.
"""
