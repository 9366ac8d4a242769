from tests.api.world import World


async def test_smoke(world: World) -> None:
    o = await world.onboarding()
    import json
    print(json.dumps(o, indent=1, ensure_ascii=False))
    r = await world.request(o)
    print(json.dumps(r, indent=1, ensure_ascii=False))
    print(json.dumps(await world.get(f"/onboardings/{o['id']}/timeline"), indent=1, ensure_ascii=False))
    print(json.dumps(await world.request(o, 409), indent=1, ensure_ascii=False))
    print(json.dumps(await world.request(o, 422, email="x", program_title="f", phone=3, zzz="q"), indent=1, ensure_ascii=False))
    print(await world.get("/programs"))
    a = await world.client.get("/metrics"); print(a.text[:3000])
    a = await world.client.get("/readyz"); print(a.text)
    a = await world.client.get("/api/v1/openapi.json"); print(a.status_code, len(a.text))
    a = await world.client.put("/api/v1/openapi.json"); print(a.status_code, a.text)
    a = await world.client.get("/api/v1/nope"); print(a.status_code, a.text)
    a = await world.client.get("/nope"); print(a.status_code, a.text[:300])
