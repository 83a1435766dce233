"""OpenInference by openinference-instrumentation-llama-index: documents found with their scores, and an answer."""

import os

from llama_index.core import Document, Settings, VectorStoreIndex
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.llms.openai import OpenAI
from openinference.instrumentation import using_attributes
from openinference.instrumentation.llama_index import LlamaIndexInstrumentor

from common import DOCUMENTS, SESSION, USER, tracing

provider = tracing()
LlamaIndexInstrumentor().instrument(tracer_provider=provider)
address = os.environ["OPENAI_BASE_URL"]
Settings.llm = OpenAI(model="gpt-4o-mini", api_base=address, max_retries=0)
Settings.embed_model = OpenAIEmbedding(model="text-embedding-3-small", api_base=address)

with using_attributes(session_id=SESSION, user_id=USER):
    documents = [Document(text=text, metadata={"source": f"note-{at}"}) for at, text in enumerate(DOCUMENTS)]
    index = VectorStoreIndex.from_documents(documents)
    index.as_query_engine(similarity_top_k=2).query("Is Kyoto dry?")
provider.shutdown()
