"""A FastAPI agent that traces the way a production service does.

`POST /chat` answers through a retriever and a chat model; the caller's
request id, session and user go on the trace. `POST /feedback` finds that
trace by the request id alone and gives it feedback. The environment decides
where traces are sent: nothing in here names a server or a form.
"""

import os
import sys

import mlflow
import uvicorn
from fastapi import FastAPI, Header, HTTPException
from mlflow.entities import AssessmentSource, AssessmentSourceType, SpanType
from openai import AsyncOpenAI
from pydantic import BaseModel

app = FastAPI()
mlflow.openai.autolog()
model = AsyncOpenAI(base_url=os.environ["OPENAI_BASE_URL"], api_key="none")

DOCUMENTS = {
    "refund": "Refunds take three working days.",
    "delivery": "Parcels leave the house at noon.",
}


class Question(BaseModel):
    text: str


class Verdict(BaseModel):
    request_id: str
    helpful: bool
    comment: str = ""


@app.get("/ready")
def ready():
    return {}


@app.post("/chat")
async def chat(
    question: Question,
    x_request_id: str = Header(),
    x_session_id: str = Header(),
    x_user_id: str = Header(),
):
    answer = await answer_question(question.text, x_request_id, x_session_id, x_user_id)
    return {"answer": answer}


@mlflow.trace(name="answer_question", span_type=SpanType.AGENT)
async def answer_question(text: str, request_id: str, session_id: str, user_id: str) -> str:
    mlflow.update_current_trace(
        client_request_id=request_id,
        tags={"topic": text.split()[0]},
        metadata={
            "mlflow.trace.session": session_id,
            "mlflow.trace.user": user_id,
            "mlflow.source.type": os.environ.get("APP_ENVIRONMENT", "development"),
            "app.version": os.environ.get("APP_VERSION", "0"),
        },
    )
    found = retrieve(text)
    completion = await model.chat.completions.create(
        model="stub-chat-1",
        messages=[
            {"role": "system", "content": " ".join(document["page_content"] for document in found)},
            {"role": "user", "content": text},
        ],
    )
    return completion.choices[0].message.content


@mlflow.trace(span_type=SpanType.RETRIEVER)
def retrieve(text: str) -> list[dict]:
    return [
        {"page_content": document, "metadata": {"doc_uri": topic}, "id": topic}
        for topic, document in DOCUMENTS.items()
        if topic in text
    ]


@app.post("/feedback")
def feedback(verdict: Verdict, x_user_id: str = Header()):
    traces = mlflow.search_traces(
        filter_string=f"client_request_id = '{verdict.request_id}'",
        max_results=1,
        include_spans=False,
        return_type="list",
    )
    if not traces:
        raise HTTPException(404, "no trace of that request yet")
    mlflow.log_feedback(
        trace_id=traces[0].info.trace_id,
        name="helpful",
        value=verdict.helpful,
        rationale=verdict.comment or None,
        source=AssessmentSource(source_type=AssessmentSourceType.HUMAN, source_id=x_user_id),
    )
    return {"trace_id": traces[0].info.trace_id}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
