"""What a model is (spec), how Keras builds it (layers, build), and how it becomes an ONNX graph (onnx_graph)."""
